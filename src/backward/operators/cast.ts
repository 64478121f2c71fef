import { operator } from '../operator.ts';

/** From float32 to float32, as exporters leave it behind: other types are refused for all operators alike. */
export const cast = operator('dX = dY', (s) => [s.up()]);
