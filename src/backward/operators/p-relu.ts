import { operator } from '../operator.ts';

/** x above 0, slope·x below, the slope learned. */
export const pRelu = operator(
  'dX = dY where x > 0, else slope·dY; dslope = Σ dY·min(x, 0)',
  (s) => {
    const [x, slope] = [s.input(0), s.input(1)];
    const above = s.positive(x);
    const below = s.sub(s.number(1), above);
    return [
      s.wants(0) ? s.mul(s.up(), s.add(above, s.mul(below, slope))) : null,
      s.wants(1) ? s.fitted(s.mul(s.up(), s.mul(below, x)), slope) : null,
    ];
  },
  { weights: [1] },
);
