import { keptAxes, reducedAxes } from '../axes.ts';
import { operator } from '../operator.ts';

/** Far below the length of any row that is not zero. */
const SMALLEST_LENGTH = 2 ** -100;

/** The length over some axes, as it normalises an embedding. Of a row of zeros the slope is taken as 0. */
export const reduceL2 = operator('dX = dY·x/y', (s) => {
  const axes = reducedAxes(s);
  const length = s.add(s.output(), s.number(SMALLEST_LENGTH));
  return [s.mul(s.input(0), keptAxes(s, axes, s.div(s.up(), length)))];
});
