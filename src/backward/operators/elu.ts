import { floatAttribute } from '../../graph/attributes.ts';
import { elementwise } from '../operator.ts';

/** x above 0, α·(eˣ − 1) below. */
export const elu = elementwise('dX = dY where x > 0, else dY·(y + α)', (s, x, y) => {
  const above = s.positive(x);
  const below = s.add(y, s.number(floatAttribute(s.node, 'alpha', 1)));
  return s.add(above, s.mul(s.sub(s.number(1), above), below));
});
