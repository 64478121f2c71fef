import { keptAxes, reducedAxes } from '../axes.ts';
import { operator } from '../operator.ts';

/** The largest over some axes; equals share what flows back, as PyTorch's amax has it. */
export const reduceMax = operator('dX = dY where x is the largest, shared by equals', (s) => {
  const axes = reducedAxes(s);
  const x = s.input(0);
  const largest = s.atMost(keptAxes(s, axes, s.output()), x);
  return [s.mul(largest, s.div(keptAxes(s, axes), s.sum(largest, axes)))];
});
