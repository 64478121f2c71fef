import { mul, sub } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { angleOf } from '../expr/trig.ts';
import { clamp, scale } from './common.ts';
import { defineHead } from './head.ts';

/**
 * z_y = s(π − 2(θ_y + m))/π, z_j = s(π − 2θ_j)/π: linear in the angle for every class. Its slope in the cosine,
 * 2s/(π·sin θ), is infinite at θ = 0 and π; there it is held as that of a square root is (`expr/grad`).
 */
export const liArcface = defineHead({
  name: 'li-arcface',
  title: 'linear in the angle, with an additive angular margin',
  presets: { cavaface: { scale: 64, margin: 0.45, clamp: 1e-7 } },
  formula: 'z_y = s(π − 2(θ_y + m))/π,  z_j = s(π − 2θ_j)/π',
  source: {
    title: 'AirFace: lightweight and efficient model for face recognition',
    year: 2019,
    arxiv: '1907.12256',
  },
  parameters: {
    scale: scale(64),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.45,
      range: { min: 0, below: Math.PI },
      help: 'added to θ_y, in radians',
    },
    clamp,
  },
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m, clamp: epsilon }) => sub(linear(c, epsilon), (2 * m) / Math.PI),
  others: (cos, { clamp: epsilon }) => linear(cos, epsilon),
  plain: ({ scale: s }, { cos }) => mul(s, linear(cos, 0)),
  reference: ({ theta, label }, { scale: s, margin: m, clamp: epsilon }) =>
    theta.map((t, j) => {
      const angle = label === -1 ? t : Math.acos(Math.max(epsilon - 1, Math.min(1 - epsilon, Math.cos(t))));
      return (s * (Math.PI - 2 * (angle + (j === label ? m : 0)))) / Math.PI;
    }),
});

/** (π − 2θ)/π of a cosine that is held in ±(1 − ε). */
function linear(c: Expr, epsilon: number): Expr {
  return sub(1, mul(2 / Math.PI, angleOf(c, { clamp: epsilon })));
}
