import { add, mul, where } from '../expr/build.ts';
import { addAngle, additiveAngle } from './angular.ts';
import { angularMargin, scale } from './common.ts';
import { isHard } from './hard-negatives.ts';
import { defineHead } from './head.ts';
import { averagedOver, batchMean } from './taken.ts';

/**
 * z_y = s·cos(θ_y + m), past π as ArcFace's `hard`; z_j = s·cos θ_j, and s·cos θ_j·(t + cos θ_j) for a class that is hard:
 * cos θ_j > cos(θ_y + m). t starts at 0 and follows the mean cos θ_y of the batches, so that hard classes come to count
 * as training goes on; it is updated before it is used.
 */
export const curricularface = defineHead({
  name: 'curricularface',
  title: 'additive angular margin; hard classes count more as training goes on',
  formula:
    'z_y = s·cos(θ_y + m),  z_j = s·cos θ_j, or s·cos θ_j·(t + cos θ_j) where cos θ_j > cos(θ_y + m),  t ← α·mean cos θ_y + (1 − α)·t',
  source: {
    title: 'CurricularFace: adaptive curriculum learning loss for deep face recognition',
    year: 2020,
    arxiv: '2004.00288',
  },
  parameters: {
    scale: scale(64),
    margin: angularMargin(0.5),
    alpha: {
      kind: 'number',
      letter: 'α',
      default: 0.01,
      range: { min: 0, max: 1 },
      help: 'weight of a batch in the running mean t',
    },
  },
  takes: ({ alpha }) => ({
    t: {
      kind: 'state',
      initial: 0,
      help: 'running mean of cos θ_y',
      next: (parts, before) => averagedOver(batchMean(parts.cosTarget, parts), before, alpha, parts),
    },
  }),
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m }) => additiveAngle(c, m, 'hard'),
  others: (cos, { margin: m }, parts) =>
    where(isHard(addAngle(parts.cosTarget, m), parts), mul(cos, add(parts.take('t'), cos)), cos),
  reference: {
    batch: (samples, { alpha }) => {
      const cosines = samples.flatMap(({ counts, theta, label }) =>
        counts ? [Math.cos(theta[label] ?? Number.NaN)] : [],
      );
      if (cosines.length === 0) return samples;
      const mean = cosines.reduce((sum, c) => sum + c, 0) / cosines.length;
      return samples.map((sample) => {
        const t = alpha * mean + (1 - alpha) * Number(sample.taken['t']);
        return { ...sample, taken: { ...sample.taken, t } };
      });
    },
    logits: ({ theta, label, taken }, { scale: s, margin: m }) => {
      const own = theta[label];
      if (own === undefined) return theta.map((angle) => s * Math.cos(angle));
      const t = Number(taken['t']);
      return theta.map((angle, j) => {
        if (j === label) {
          return s * (angle + m < Math.PI ? Math.cos(angle + m) : Math.cos(angle) - m * Math.sin(m));
        }
        const c = Math.cos(angle);
        return s * (c > Math.cos(own + m) ? c * (t + c) : c);
      });
    },
  },
});
