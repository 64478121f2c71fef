import { floatAttribute } from '../../graph/attributes.ts';
import { elementwise } from '../operator.ts';

/** x above 0, α·x below. At 0 the slope is α, as PyTorch has it. */
export const leakyRelu = elementwise('dX = dY where x > 0, else α·dY', (s, x) => {
  const alpha = floatAttribute(s.node, 'alpha', 0.01);
  return s.add(s.number(alpha), s.mul(s.number(1 - alpha), s.positive(x)));
});
