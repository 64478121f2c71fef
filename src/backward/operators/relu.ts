import { elementwise } from '../operator.ts';

/** max(x, 0). At 0 the slope is 0, as PyTorch has it. */
export const relu = elementwise('dX = dY where x > 0, else 0', (s, _, y) => s.positive(y));
