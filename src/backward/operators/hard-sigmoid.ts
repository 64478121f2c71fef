import { floatAttribute } from '../../graph/attributes.ts';
import { elementwise } from '../operator.ts';

/** α·x + β held between 0 and 1. */
export const hardSigmoid = elementwise('dX = α·dY where 0 < y < 1, else 0', (s, _, y) => {
  const within = s.mul(s.positive(y), s.less(y, s.number(1)));
  return s.mul(s.number(floatAttribute(s.node, 'alpha', 0.2)), within);
});
