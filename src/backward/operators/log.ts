import { elementwise } from '../operator.ts';

export const log = elementwise('dX = dY/x', (s, x) => s.div(s.number(1), x));
