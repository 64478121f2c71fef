import { axisAt } from '../axes.ts';
import { operator } from '../operator.ts';

export const split = operator('dX = the dYᵢ behind one another', (s) => {
  const parts = s.node.output.map((_, index) => s.up(index));
  return [s.concat(parts, axisAt(s, 0, s.shape(s.input(0)).length))];
});
