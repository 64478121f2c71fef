import { operator } from '../operator.ts';
import { rowAxes } from './softmax.ts';

export const logSoftmax = operator('dX = dY − softmax(x)·Σ dY', (s) => {
  const up = s.up();
  return [s.sub(up, s.mul(s.exp(s.output()), s.sum(up, rowAxes(s))))];
});
