import { elementwise } from '../operator.ts';

export const reciprocal = elementwise('dX = −dY·y²', (s, _, y) => s.neg(s.square(y)));
