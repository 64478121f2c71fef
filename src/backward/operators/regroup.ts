import { operator } from '../operator.ts';

/** Flatten, Reshape, Squeeze, Unsqueeze: the same elements in another shape. */
export const regroup = operator('dX = dY in the shape of X', (s) => [s.shapedAs(s.up(), s.input(0))]);
