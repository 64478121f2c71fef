import { operator } from '../operator.ts';

export const identity = operator('dX = dY', (s) => [s.up()]);
