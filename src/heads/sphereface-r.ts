import { div } from '../expr/build.ts';
import { angleOf, cosineOf } from '../expr/trig.ts';
import { combinedAngle, multipleAngle } from './angular.ts';
import { gradient, scale } from './common.ts';
import { defineHead } from './head.ts';

/**
 * SphereFace on a sphere of radius s, m any number from 1 on: `v0` the monotone ψ of SphereFace on the target, `v1`
 * cos(min(m·θ_y, π)) there, `v2` the margin on the other classes, cos(θ_j/m). The authors let the gradient pass straight
 * through the margin. They also multiply the loss by 50/s in one version of their code and not in another, which is a
 * matter of the learning rate and is left to the loop.
 */
export const spherefaceR = defineHead({
  name: 'sphereface-r',
  title: 'multiplicative angular margin, everything normalised',
  formula:
    'v0: z_y = s((−1)^k cos(mθ_y) − 2k),  k = ⌊mθ_y/π⌋;  v1: z_y = s·cos(min(mθ_y, π));  z_j = s·cos θ_j;  v2: z_y = s·cos θ_y,  z_j = s·cos(θ_j/m)',
  source: {
    title: 'SphereFace revived: unifying hyperspherical face recognition',
    year: 2022,
    arxiv: '2109.05565',
  },
  parameters: {
    scale: scale(30),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 1.5,
      range: { min: 1, max: 8 },
      help: 'what the target angle is multiplied with; in v2, what the others are divided by',
    },
    form: {
      kind: 'choice',
      default: 'v0',
      choices: ['v0', 'v1', 'v2'],
      help: 'v0 monotone beyond mθ_y = π, v1 flat there, v2 the margin on the other classes',
    },
    gradient: { ...gradient, default: 'straight-through' },
  },
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m, form }) => {
    if (form === 'v2') return c;
    if (form === 'v1') return combinedAngle(c, m, 0, 'clip');
    return Number.isInteger(m) ? multipleAngle(c, m) : combinedAngle(c, m, 0, 'reflect');
  },
  others: (cos, { margin: m, form }) =>
    form === 'v2' && m !== 1 ? cosineOf(div(angleOf(cos), m), Math.PI / m) : cos,
  reference: ({ theta, label }, { scale: s, margin: m, form }) => {
    const target = (t: number) => {
      if (form === 'v1') return Math.cos(Math.min(m * t, Math.PI));
      const k = Math.floor((m * t) / Math.PI);
      return (-1) ** k * Math.cos(m * t) - 2 * k;
    };
    return theta.map((t, j) => {
      if (form === 'v2') return s * Math.cos(j === label || label === -1 ? t : t / m);
      return s * (j === label ? target(t) : Math.cos(t));
    });
  },
});
