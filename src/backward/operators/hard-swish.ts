import { elementwise } from '../operator.ts';

/** x·(x/6 + ½ held between 0 and 1). */
export const hardSwish = elementwise('dX = dY·(x/3 + ½) where −3 < x < 3, dY above, 0 below', (s, x) => {
  const above = s.atMost(s.number(3), x);
  const within = s.mul(s.less(s.number(-3), x), s.less(x, s.number(3)));
  const slope = s.add(s.div(x, s.number(3)), s.number(0.5));
  return s.add(above, s.mul(within, slope));
});
