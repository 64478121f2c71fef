import { add, mul, square, sub } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { additiveAngle, combinedAngle } from './angular.ts';
import { scale, straightThrough } from './common.ts';
import { defineHead, type Sizes } from './head.ts';
import { oneVsAll } from './one-vs-all.ts';
import type { Parameter } from './parameters.ts';
import { takenNumber } from './sample.ts';

const VARIANTS = ['C', 'A', 'M'] as const;
type Variant = (typeof VARIANTS)[number];

/** By variant. The margin of M multiplies an angle: below 1 it would help the target. */
const MARGINS: Readonly<Record<Variant, Parameter>> = {
  C: {
    kind: 'number',
    letter: 'm',
    default: 0.4,
    range: { min: 0, max: 2 },
    help: 'taken from g(cos θ_y), added to g(cos θ_j)',
  },
  A: {
    kind: 'number',
    letter: 'm',
    default: 0.5,
    range: { min: 0, below: Math.PI },
    help: 'added to θ_y, in radians',
  },
  M: {
    kind: 'number',
    letter: 'm',
    default: 1.7,
    range: { min: 1, max: 8 },
    help: 'what θ_y is multiplied with',
  },
};

const isVariant = (word: unknown): word is Variant => VARIANTS.some((variant) => variant === word);

/**
 * C binary questions in the place of one softmax: z_y = r(g(ψ_y) − m) + b, z_j = r(g(cos θ_j) + m) + b in the variant C;
 * in A and M the margin is in the angle, z_y = r·g(cos(min(θ_y + m, π))) + b or r·g(cos(min(mθ_y, π))) + b, and
 * z_j = r·g(cos θ_j) + b. g(v) = 2((v + 1)/2)^t − 1 spreads the cosines.
 *
 * Loss: (lw/r)(α·log(1 + e^{−z_y}) + (1 − α)Σ log(1 + e^{z_j})), which is the authors' mean over N·C with weights lw·C/r.
 * As in their code g and margin count in the value alone unless `gradient` is exact.
 */
export const sphereface2 = defineHead({
  name: 'sphereface2',
  title: 'a binary question a class, a margin on either side',
  aliases: { 'sphereface2-c': {}, 'sphereface2-a': { variant: 'A' }, 'sphereface2-m': { variant: 'M' } },
  presets: {
    opensphere: {
      scale: 40,
      variant: 'C',
      margin: 0.4,
      power: 3,
      alpha: 0.7,
      lossWeight: 50,
      offset: 'balanced',
      gradient: 'straight-through',
    },
    wespeaker: {
      scale: 32,
      variant: 'C',
      margin: 0.2,
      power: 3,
      alpha: 0.7,
      lossWeight: 32,
      offset: 'zero',
      gradient: 'exact',
    },
  },
  formula: 'z_y = r(g(cos θ_y) − m) + b,  z_j = r(g(cos θ_j) + m) + b,  g(v) = 2((v + 1)/2)^t − 1',
  source: {
    title: 'SphereFace2: binary classification is all you need for deep face recognition',
    year: 2022,
    arxiv: '2108.01513',
  },
  parameters: {
    scale: { ...scale(40), letter: 'r' },
    variant: {
      kind: 'choice',
      default: 'C',
      choices: VARIANTS,
      help: 'where the margin is: C in g(cos θ) on both sides, A added to θ_y, M multiplied with θ_y',
    },
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.4,
      range: { min: 0, max: 8 },
      help: 'by variant: C 0.4 in [0, 2], A 0.5 in [0, π), M 1.7 in [1, 8]',
    },
    power: {
      kind: 'integer',
      letter: 't',
      default: 3,
      range: { min: 1, max: 8 },
      help: 'of g, which spreads the cosines; 1 leaves them as they are',
    },
    alpha: {
      kind: 'number',
      letter: 'α',
      default: 0.7,
      range: { above: 0, below: 1 },
      help: 'weight of the target in the loss, the others having 1 − α',
    },
    lossWeight: {
      kind: 'number',
      letter: 'lw',
      default: 50,
      range: { above: 0 },
      help: 'what the loss is multiplied with, divided by the scale',
    },
    offset: {
      kind: 'choice',
      default: 'balanced',
      choices: ['balanced', 'zero'],
      help: 'where the learned b starts: balanced, so that it does not move while all angles are 90°; or zero',
    },
    gradient: straightThrough,
  },
  parametersFor: ({ variant = 'C' }) => (isVariant(variant) ? { margin: MARGINS[variant] } : {}),
  takes: (values, { classes }) => ({
    offset: {
      kind: 'learned',
      help: 'b, added to every logit',
      initial: values.offset === 'zero' ? 0 : balancedOffset(values, { classes }),
    },
  }),
  radius: ({ scale: r }) => r,
  shift: (_, { take }) => take('offset'),
  psi: (c, { variant, margin: m, power: t }) =>
    ({
      C: () => sub(spread(c, t), m),
      A: () => spread(additiveAngle(c, m, 'clip'), t),
      M: () => spread(combinedAngle(c, m, 0, 'clip'), t),
    })[variant](),
  others: (cos, { variant, margin: m, power: t }) => add(spread(cos, t), variant === 'C' ? m : 0),
  plain: ({ scale: r, power: t }, { cos, take }) => add(mul(r, spread(cos, t)), take('offset')),
  loss: (logits, { scale: r, alpha, lossWeight }, parts) =>
    oneVsAll(logits, parts, { target: (alpha * lossWeight) / r, others: ((1 - alpha) * lossWeight) / r }),
  reference: {
    logits: (sample, { scale: r, variant, margin: m, power: t }) => {
      const b = takenNumber(sample, 'offset');
      const g = (v: number) => 2 * ((v + 1) / 2) ** t - 1;
      const [taken, given] = variant === 'C' ? [m, m] : [0, 0];
      const turned = {
        C: (x: number) => x,
        A: (x: number) => Math.min(x + m, Math.PI),
        M: (x: number) => Math.min(m * x, Math.PI),
      }[variant];
      return sample.theta.map((x, j) => {
        if (sample.label === -1) return r * g(Math.cos(x)) + b;
        return j === sample.label
          ? r * (g(Math.cos(turned(x))) - taken) + b
          : r * (g(Math.cos(x)) + given) + b;
      });
    },
    loss: (logits, { label }, { scale: r, alpha, lossWeight }) => {
      const terms = logits.map((z, j) =>
        j === label ? alpha * logOnePlusExp(-z) : (1 - alpha) * logOnePlusExp(z),
      );
      return (lossWeight / r) * terms.reduce((sum, term) => sum + term, 0);
    },
  },
});

/** g(v) = 2((v + 1)/2)^t − 1: [−1, 1] onto itself, bent towards −1. */
function spread(v: Expr, t: number): Expr {
  if (t === 1) return v;
  return sub(mul(2, power(mul(0.5, add(v, 1)), t)), 1);
}

/** uᵗ for a whole t ≥ 1. */
function power(u: Expr, t: number): Expr {
  if (t === 1) return u;
  const half = power(u, Math.floor(t / 2));
  return t % 2 === 0 ? square(half) : mul(square(half), u);
}

interface Balance {
  readonly scale: number;
  readonly variant: Variant;
  readonly margin: number;
  readonly power: number;
  readonly alpha: number;
}

/**
 * The b at which ∂L/∂b = 0 where all angles are π/2, a_y and a_i being the logits there without it:
 * b = ln 2z − a_i − ln(1 − z + √((1 − z)² + 4z·e^{a_y − a_i})), z = α/((1 − α)(C − 1)).
 */
function balancedOffset(
  { scale: r, variant, margin: m, power: t, alpha }: Balance,
  { classes }: Pick<Sizes, 'classes'>,
): number {
  const g = (v: number) => 2 * ((v + 1) / 2) ** t - 1;
  const ofOthers = r * (g(0) + (variant === 'C' ? m : 0));
  const ofTarget = {
    C: () => r * (g(0) - m),
    A: () => r * g(Math.cos(Math.min(Math.PI, Math.PI / 2 + m))),
    M: () => r * g(Math.cos(Math.min(Math.PI, (m * Math.PI) / 2))),
  }[variant]();
  const z = alpha / ((1 - alpha) * (classes - 1));
  const tail = 4 * z * Math.exp(ofTarget - ofOthers);
  const root = Math.sqrt((1 - z) ** 2 + tail);
  // For z > 1 the sum would be a difference of near equals; tail/(root − (1 − z)) is the same number.
  const sum = z > 1 ? tail / (root - (1 - z)) : 1 - z + root;
  return Math.log(2 * z) - ofOthers - Math.log(sum);
}

function logOnePlusExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
