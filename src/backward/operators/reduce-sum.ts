import { keptAxes, reducedAxes } from '../axes.ts';
import { operator } from '../operator.ts';

export const reduceSum = operator('dX = dY, stretched', (s) => {
  const axes = reducedAxes(s);
  return [s.spread(keptAxes(s, axes), s.input(0), axes)];
});
