import { axesFrom, countAlong } from '../axes.ts';
import { operator } from '../operator.ts';

export const globalAveragePool = operator('dX = dY/count, stretched', (s) => {
  const places = axesFrom(2, s.shape(s.input(0)).length);
  return [s.spread(s.div(s.up(), countAlong(s, places)), s.input(0), places)];
});
