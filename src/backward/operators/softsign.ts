import { elementwise } from '../operator.ts';

/** x/(1 + |x|). */
export const softsign = elementwise('dX = dY/(1 + |x|)²', (s, x) => {
  const length = s.add(s.number(1), s.abs(x));
  return s.div(s.number(1), s.square(length));
});
