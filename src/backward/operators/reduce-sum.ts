import { keptAxes, reducedAxes } from '../axes.ts';
import { operator } from '../operator.ts';

export const reduceSum = operator('dX = dY, stretched', (s) => [
  s.stretched(keptAxes(s, reducedAxes(s)), s.input(0)),
]);
