import { elementwise } from '../operator.ts';

/** ln(1 + eˣ). */
export const softplus = elementwise('dX = dY·σ(x)', (s, x) => s.sigmoid(x));
