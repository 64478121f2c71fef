import { elementwise } from '../operator.ts';

export const tanh = elementwise('dX = dY·(1 − y²)', (s, _, y) => s.sub(s.number(1), s.square(y)));
