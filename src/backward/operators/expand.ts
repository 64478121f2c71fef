import { operator } from '../operator.ts';

export const expand = operator('dX = Σ dY', (s) => [s.fitted(s.up(), s.input(0))]);
