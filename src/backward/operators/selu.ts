import { floatAttribute } from '../../graph/attributes.ts';
import { elementwise } from '../operator.ts';

/** γ·x above 0, γ·α·(eˣ − 1) below (Klambauer et al., arXiv:1706.02515). */
export const selu = elementwise('dX = γ·dY where x > 0, else dY·(y + γ·α)', (s, x, y) => {
  const gamma = floatAttribute(s.node, 'gamma', 1.0507009873554805);
  const alpha = floatAttribute(s.node, 'alpha', 1.6732632423543772);
  const above = s.positive(x);
  const below = s.add(y, s.number(gamma * alpha));
  return s.add(s.mul(s.number(gamma), above), s.mul(s.sub(s.number(1), above), below));
});
