import { elementwise } from '../operator.ts';

export const erf = elementwise('dX = dY·2/√π·exp(−x²)', (s, x) =>
  s.mul(s.number(2 / Math.sqrt(Math.PI)), s.exp(s.neg(s.square(x)))),
);
