import { axesFrom, axisAt } from '../axes.ts';
import { operator, type Site } from '../operator.ts';

/** Below opset 13 the axes from the given one on are one row, of 1 unless told; later the given axis alone, the last. */
export function rowAxes(s: Site): number[] {
  const rank = s.shape(s.input(0)).length;
  return s.opset < 13 ? axesFrom(axisAt(s, 1, rank), rank) : [axisAt(s, -1, rank)];
}

export const softmax = operator('dX = y·(dY − Σ dY·y)', (s) => {
  const y = s.output();
  const weighted = s.mul(s.up(), y);
  return [s.sub(weighted, s.mul(y, s.sum(weighted, rowAxes(s))))];
});
