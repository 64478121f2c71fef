import { keptAxes, reducedAxes } from '../axes.ts';
import { operator } from '../operator.ts';

export const reduceSumSquare = operator('dX = 2·dY·x', (s) => {
  const twice = s.mul(s.number(2), keptAxes(s, reducedAxes(s)));
  return [s.mul(s.input(0), twice)];
});
