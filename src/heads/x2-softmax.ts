import { add, mul, square, sub } from '../expr/build.ts';
import { angleOf } from '../expr/trig.ts';
import { scale, straightThrough } from './common.ts';
import { defineHead } from './head.ts';

/**
 * z_y = s(a(θ_y − h)² + k), z_j = s·cos θ_j: a parabola below the cosine, so that the margin grows with the angle. As in
 * the authors' code it counts in the value alone unless `gradient` is exact.
 */
export const x2Softmax = defineHead({
  name: 'x2-softmax',
  title: 'a parabola in the angle: a margin that grows with it',
  formula: 'z_y = s(a(θ_y − h)² + k),  z_j = s·cos θ_j',
  source: {
    title: 'X2-Softmax: margin adaptive loss function for face recognition',
    year: 2023,
    arxiv: '2312.05281',
  },
  parameters: {
    scale: scale(64),
    curvature: {
      kind: 'number',
      letter: 'a',
      default: -0.9,
      range: { min: -3, below: 0 },
      help: 'of the parabola',
    },
    peakAngle: {
      kind: 'number',
      letter: 'h',
      default: 0,
      range: { min: -Math.PI, max: Math.PI },
      help: 'where the parabola is highest, in radians; above 0 it rises before it falls',
    },
    peak: {
      kind: 'number',
      letter: 'k',
      default: 0.65,
      range: { min: -1, max: 1 },
      help: 'how high it is there: 1 − k is the margin at θ_y = 0 where h is 0',
    },
    gradient: straightThrough,
  },
  radius: ({ scale: s }) => s,
  psi: (c, { curvature: a, peakAngle: h, peak: k }) => add(mul(a, square(sub(angleOf(c), h))), k),
  reference: ({ theta, label }, { scale: s, curvature: a, peakAngle: h, peak: k }) =>
    theta.map((t, j) => s * (j === label ? a * (t - h) ** 2 + k : Math.cos(t))),
});
