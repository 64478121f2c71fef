import { add, and, div, less, max, mul, named, not, reduceSum, stopGradient, where } from '../expr/build.ts';
import { addAngle, computedMargin } from './angular.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import type { Parts } from './parts.ts';

/** Where another class is nearer than the target would be with the margin m: bool `[..., C]`. */
function hardOf({ cos, cosTarget, isTarget }: Parts, m: number) {
  return named('is_hard', and(not(isTarget), less(addAngle(cosTarget, m), cos)));
}

/**
 * z_y = s·cos(θ_y + M) where θ_y < π/2, else s·cos θ_y; z_j = s(t·cos θ_j + a) where cos θ_j > cos(θ_y + m), else
 * s·cos θ_j. M = m0 + m1·(mean of those hard cosines), without a gradient; m0 where there are none. A sample without a
 * label is as one at a right angle to its class.
 */
export const npcface = defineHead({
  name: 'npcface',
  title: 'hard classes raised, and a margin that grows with them',
  formula:
    'z_y = s·cos(θ_y + M) if θ_y < π/2 else s·cos θ_y,  M = m0 + m1·mean of the hard cos θ_j,  z_j = s(t·cos θ_j + a) if hard: cos θ_j > cos(θ_y + m)',
  source: {
    title: 'NPCFace: negative-positive collaborative training for large-scale face recognition',
    year: 2020,
    arxiv: '2007.10172',
  },
  parameters: {
    scale: scale(64),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.5,
      range: { min: 0, below: Math.PI / 2 },
      help: 'what tells hard classes: those nearer than θ_y + m, in radians',
    },
    m0: {
      kind: 'number',
      letter: 'm0',
      default: 0.4,
      range: { min: 0, below: Math.PI / 2 },
      help: 'added to θ_y where no class is hard, in radians',
    },
    m1: {
      kind: 'number',
      letter: 'm1',
      default: 0.2,
      range: { min: 0, max: 1 },
      help: 'how much the mean cosine of hard classes adds to that',
    },
    t: {
      kind: 'number',
      letter: 't',
      default: 1.1,
      range: { above: 0 },
      help: 'what the cosine of a hard class is multiplied with',
    },
    a: { kind: 'number', letter: 'a', default: 0.2, range: { min: 0 }, help: 'what is added to that' },
  },
  radius: ({ scale: s }) => s,
  psi: (c, { margin, m0, m1 }, parts) => {
    const hard = hardOf(parts, margin);
    const count = reduceSum(where(hard, 1, 0), [-1]);
    const mean = div(reduceSum(where(hard, parts.cos, 0), [-1]), max(count, 1));
    const m = named('margin', stopGradient(add(m0, mul(m1, mean))));
    // A mean of cosines is at most 1, by a rounding more.
    return where(less(0, c), addAngle(c, computedMargin(m, m0 + 1.01 * m1)), c);
  },
  others: (cos, { margin, t, a }, parts) => where(hardOf(parts, margin), add(mul(t, cos), a), cos),
  reference: ({ theta, label }, { scale: s, margin, m0, m1, t, a }) => {
    const cosines = theta.map(Math.cos);
    if (label === -1) return cosines.map((c) => s * c);
    const own = theta[label] ?? Math.PI / 2;
    const hard = cosines.map((c, j) => j !== label && c > Math.cos(own + margin));
    const hardest = cosines.filter((_, j) => hard[j]);
    const m = hardest.length === 0 ? m0 : m0 + (m1 * hardest.reduce((x, y) => x + y)) / hardest.length;
    return cosines.map((c, j) => {
      if (j === label) return s * (own < Math.PI / 2 ? Math.cos(own + m) : c);
      return s * (hard[j] ? t * c + a : c);
    });
  },
});
