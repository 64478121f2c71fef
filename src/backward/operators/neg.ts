import { operator } from '../operator.ts';

export const neg = operator('dX = −dY', (s) => [s.neg(s.up())]);
