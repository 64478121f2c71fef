import { elementwise } from '../operator.ts';

export const sigmoid = elementwise('dX = dY·y·(1 − y)', (s, _, y) => s.mul(y, s.sub(s.number(1), y)));
