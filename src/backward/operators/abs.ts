import { elementwise } from '../operator.ts';

/** |x|. At 0 the slope is 0, as PyTorch has it. */
export const abs = elementwise('dX = dY·sign(x)', (s, x) => s.sub(s.positive(x), s.less(x, s.number(0))));
