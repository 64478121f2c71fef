import { less, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { additiveAngle, PAST_PI, type PastPi } from './angular.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import type { ValuesOf } from './parameters.ts';
import type { Sample } from './sample.ts';

const parameters = {
  scale: scale(64),
  margin: {
    kind: 'number',
    letter: 'm',
    default: 0.5,
    range: { min: 0, below: Math.PI / 2 },
    help: 'added to θ_y, in radians',
  },
  pastPi: {
    kind: 'choice',
    default: 'hard',
    choices: PAST_PI,
    help: 'where θ_y + m passes π: hard cos θ_y − m·sin m, shift cos θ_y − 1 + cos m, reflect −2 − cos(θ_y + m), clip −1',
  },
  easyMargin: { kind: 'flag', default: false, help: 'the margin only where θ_y < π/2' },
} as const;

type ArcValues = ValuesOf<typeof parameters>;

/** ψ of an angle t by `reference`, in float64. */
export function addedAngle(t: number, m: number, policy: PastPi): number {
  if (t + m < Math.PI) return Math.cos(t + m);
  const beyond = {
    hard: () => Math.cos(t) - m * Math.sin(m),
    shift: () => Math.cos(t) - (1 - Math.cos(m)),
    reflect: () => -2 - Math.cos(t + m),
    clip: () => -1,
    none: () => Math.cos(t + m),
  };
  return beyond[policy]();
}

/** What ArcFace is made of, for heads that are ArcFace over other cosines. */
export const ARC = {
  parameters,
  radius: ({ scale: s }: ArcValues) => s,
  psi: (c: Expr, { margin: m, pastPi, easyMargin }: ArcValues) =>
    easyMargin ? where(less(0, c), additiveAngle(c, m, 'none'), c) : additiveAngle(c, m, pastPi),
  reference: ({ theta, label }: Sample, { scale: s, margin: m, pastPi, easyMargin }: ArcValues) => {
    const target = (t: number) => {
      if (easyMargin) return Math.cos(t < Math.PI / 2 ? t + m : t);
      return addedAngle(t, m, pastPi);
    };
    return theta.map((t, j) => s * (j === label ? target(t) : Math.cos(t)));
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
  formula: 'z_y = s·cos(θ_y + m),  z_j = s·cos θ_j',
  source: {
    title: 'ArcFace: additive angular margin loss for deep face recognition',
    year: 2019,
    arxiv: '1801.07698',
  },
  ...ARC,
});
