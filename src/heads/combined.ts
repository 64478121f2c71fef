import { sub } from '../expr/build.ts';
import { COMBINED_PAST_PI, combinedAngle, heldInside } from './angular.ts';
import { clamp, scale } from './common.ts';
import { defineHead } from './head.ts';

/** z_y = s(cos(m1·θ_y + m2) − m3), z_j = s·cos θ_j: three margins at once, as in the ArcFace paper. */
export const combined = defineHead({
  name: 'combined',
  title: 'multiplicative, additive angular and additive cosine margin at once',
  presets: { 'insightface-mxnet': { scale: 64, m1: 1, m2: 0.3, m3: 0.2, pastPi: 'none' } },
  formula: 'z_y = s(cos(m1·θ_y + m2) − m3),  z_j = s·cos θ_j',
  source: {
    title: 'ArcFace: additive angular margin loss for deep face recognition',
    year: 2019,
    arxiv: '1801.07698',
  },
  parameters: {
    scale: scale(64),
    m1: {
      kind: 'number',
      letter: 'm1',
      default: 1,
      range: { above: 0, max: 8 },
      help: 'what θ_y is multiplied with',
    },
    m2: {
      kind: 'number',
      letter: 'm2',
      default: 0.3,
      range: { min: 0, below: Math.PI },
      help: 'added to the angle, in radians',
    },
    m3: {
      kind: 'number',
      letter: 'm3',
      default: 0.2,
      range: { min: 0, max: 2 },
      help: 'taken from the cosine',
    },
    pastPi: {
      kind: 'choice',
      default: 'none',
      choices: COMBINED_PAST_PI,
      help: 'where m1·θ_y + m2 passes π: none, reflect (−1)^k cos − 2k, clip −1',
    },
    clamp,
  },
  radius: ({ scale: s }) => s,
  psi: (c, { m1, m2, m3, pastPi, clamp: epsilon }) => sub(combinedAngle(c, m1, m2, pastPi, epsilon), m3),
  others: (cos, { clamp: epsilon }) => heldInside(cos, epsilon),
  reference: ({ theta, label }, { scale: s, m1, m2, m3, pastPi, clamp: epsilon }) => {
    const held = (t: number) => Math.acos(Math.min(1 - epsilon, Math.max(epsilon - 1, Math.cos(t))));
    const target = (t: number) => {
      const phi = m1 * t + m2;
      const k = Math.floor(phi / Math.PI);
      if (k === 0 || pastPi === 'none') return Math.cos(phi);
      return pastPi === 'clip' ? -1 : (-1) ** k * Math.cos(phi) - 2 * k;
    };
    const angles = epsilon === 0 || label === -1 ? theta : theta.map(held);
    return angles.map((t, j) => s * (j === label ? target(t) - m3 : Math.cos(t)));
  },
});
