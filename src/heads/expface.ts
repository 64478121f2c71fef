import { exp, less, log, max, mul, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { angleOf, cosineOf } from '../expr/trig.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';

/**
 * z_y = s·cos(π(θ_y/π)^m), z_j = s·cos θ_j: for m < 1 the angle is enlarged, most near 0, and 0 and π stay. The slope
 * grows beyond bounds towards θ_y = 0; at 0 itself it is taken as 0.
 */
export const expface = defineHead({
  name: 'expface',
  title: 'a power of the angle: a margin largest where angles are small',
  formula: 'z_y = s·cos(π(θ_y/π)^m),  z_j = s·cos θ_j',
  source: {
    title: 'ExpFace: exponential angular margin loss for deep face recognition',
    year: 2025,
    arxiv: '2509.19753',
  },
  parameters: {
    scale: scale(64),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.7,
      range: { above: 0, max: 1 },
      help: 'the power of θ_y/π; 1 is no margin',
    },
  },
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m }) =>
    m === 1 ? c : cosineOf(mul(Math.PI, raised(mul(angleOf(c), 1 / Math.PI), m)), Math.PI),
  reference: ({ theta, label }, { scale: s, margin: m }) =>
    theta.map((t, j) => s * Math.cos(j === label ? Math.PI * (t / Math.PI) ** m : t)),
});

/** Below the smallest angle but 0 that a cosine of float64 can tell, over π. */
const NO_ANGLE = 2 ** -30;

/** uᵐ for 0 ≤ u ≤ 1: e^{m·ln u}, kept away from the logarithm of 0. */
function raised(u: Expr, m: number): Expr {
  return where(less(u, NO_ANGLE), 0, exp(mul(m, log(max(u, NO_ANGLE)))));
}
