import { elementwise } from '../operator.ts';

export const sqrt = elementwise('dX = dY/(2y)', (s, _, y) => s.div(s.number(0.5), y));
