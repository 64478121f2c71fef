import { stringAttribute } from '../../graph/attributes.ts';
import { elementwise } from '../operator.ts';

const ROOT_HALF = Math.SQRT1_2;
const DENSITY = 1 / Math.sqrt(2 * Math.PI);
const ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** x·Φ(x), or its approximation by tanh (Hendrycks and Gimpel, arXiv:1606.08415). */
export const gelu = elementwise('dX = dY·(Φ(x) + x·φ(x)); by tanh the slope of the approximation', (s, x) => {
  const half = s.number(0.5);
  if (stringAttribute(s.node, 'approximate', 'none') !== 'tanh') {
    const below = s.mul(half, s.add(s.number(1), s.erf(s.mul(x, s.number(ROOT_HALF)))));
    const density = s.mul(s.number(DENSITY), s.exp(s.mul(s.number(-0.5), s.square(x))));
    return s.add(below, s.mul(x, density));
  }
  const square = s.square(x);
  const inner = s.mul(s.mul(s.number(ROOT_2_OVER_PI), x), s.add(s.number(1), s.mul(s.number(CUBIC), square)));
  const t = s.tanh(inner);
  const slope = s.mul(s.number(ROOT_2_OVER_PI), s.add(s.number(1), s.mul(s.number(3 * CUBIC), square)));
  const bend = s.mul(s.mul(x, s.sub(s.number(1), s.square(t))), slope);
  return s.mul(half, s.add(s.add(s.number(1), t), bend));
});
