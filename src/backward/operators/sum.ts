import { operator } from '../operator.ts';

/** Any number of tensors added up, with broadcasting. */
export const sum = operator('dXᵢ = Σ dY', (s) => s.node.input.map((value) => s.fitted(s.up(), value)));
