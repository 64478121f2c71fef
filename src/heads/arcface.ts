import { less, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { sineOf } from '../expr/trig.ts';
import { additiveAngle, heldInside, PAST_PI, type PastPi } from './angular.ts';
import { angularMargin, clamp, scale } from './common.ts';
import { defineHead } from './head.ts';
import type { ValuesOf } from './parameters.ts';
import type { Sample } from './sample.ts';

const parameters = {
  scale: scale(64),
  margin: angularMargin(0.5),
  pastPi: {
    kind: 'choice',
    default: 'hard',
    choices: PAST_PI,
    help: 'where θ_y + m passes π: hard cos θ_y − m·sin m, shift cos θ_y − 1 + cos m, reflect −2 − cos(θ_y + m), clip −1',
  },
  easyMargin: { kind: 'flag', default: false, help: 'the margin only where θ_y < π/2' },
  clamp,
  sineEpsilon: {
    kind: 'number',
    letter: 'ε',
    default: 0,
    range: { min: 0, max: 1e-2 },
    help: 'added under the root: sin θ_y = √(1 − cos²θ_y + ε), whose slope has a bound',
  },
} as const;

type ArcValues = ValuesOf<typeof parameters>;

/** ψ of an angle t by `reference`, in float64; `turned` is what cos(t + m) is computed as. */
export function addedAngle(
  t: number,
  m: number,
  policy: PastPi,
  turned = (angle: number) => Math.cos(angle + m),
): number {
  if (t + m < Math.PI) return turned(t);
  const beyond = {
    hard: () => Math.cos(t) - m * Math.sin(m),
    shift: () => Math.cos(t) - (1 - Math.cos(m)),
    reflect: () => -2 - turned(t),
    clip: () => -1,
    none: () => turned(t),
  };
  return beyond[policy]();
}

/** What ArcFace is made of, for heads that are ArcFace over other cosines. */
export const ARC = {
  parameters,
  radius: ({ scale: s }: ArcValues) => s,
  psi: (cosine: Expr, { margin: m, pastPi, easyMargin, clamp: epsilon, sineEpsilon }: ArcValues) => {
    const c = heldInside(cosine, epsilon);
    const sine = sineOf(cosine, { clamp: epsilon, added: sineEpsilon });
    if (!easyMargin) return additiveAngle(c, m, pastPi, sine);
    return where(less(0, c), additiveAngle(c, m, 'none', sine), c);
  },
  others: (cos: Expr, { clamp: epsilon }: ArcValues) => heldInside(cos, epsilon),
  reference: (
    { theta, label }: Sample,
    { scale: s, margin: m, pastPi, easyMargin, clamp: epsilon, sineEpsilon }: ArcValues,
  ) => {
    const turned = (t: number) =>
      sineEpsilon === 0
        ? Math.cos(t + m)
        : Math.cos(t) * Math.cos(m) - Math.sqrt(Math.sin(t) ** 2 + sineEpsilon) * Math.sin(m);
    const held = (t: number) => Math.acos(Math.min(1 - epsilon, Math.max(epsilon - 1, Math.cos(t))));
    const target = (t: number) => {
      if (easyMargin) return t < Math.PI / 2 ? turned(t) : Math.cos(t);
      return addedAngle(t, m, pastPi, turned);
    };
    if (label === -1) return theta.map((t) => s * Math.cos(t));
    const angles = epsilon === 0 ? theta : theta.map(held);
    return angles.map((t, j) => s * (j === label ? target(t) : Math.cos(t)));
  },
};

/**
 * z_y = s·cos(θ_y + m), z_j = s·cos θ_j. Past θ_y + m = π the cosine would rise again; `pastPi` says what to do there,
 * `hard` being what most of the code in use does: cos θ_y − m·sin m.
 */
export const arcface = defineHead({
  name: 'arcface',
  title: 'additive angular margin',
  aliases: { 'aam-softmax': {} },
  presets: {
    'insightface-torch': { scale: 64, margin: 0.5, pastPi: 'none', gradient: 'straight-through' },
    'insightface-mxnet': { scale: 64, margin: 0.5, pastPi: 'none' },
    // 28.6 degrees.
    'pytorch-metric-learning': { scale: 64, margin: (28.6 * Math.PI) / 180, pastPi: 'hard' },
    wespeaker: { scale: 32, margin: 0.2, pastPi: 'shift' },
    speechbrain: { scale: 30, margin: 0.2, pastPi: 'hard', clamp: 1e-7 },
    paddleclas: { scale: 80, margin: 0.5, pastPi: 'hard', sineEpsilon: 1e-6 },
    opensphere: { scale: 64, margin: 0.5, pastPi: 'clip', clamp: 1e-5, gradient: 'straight-through' },
  },
  formula: 'z_y = s·cos(θ_y + m),  z_j = s·cos θ_j',
  source: {
    title: 'ArcFace: additive angular margin loss for deep face recognition',
    year: 2019,
    arxiv: '1801.07698',
  },
  ...ARC,
});
