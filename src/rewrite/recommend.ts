import { targetCurve } from '../heads/curve.ts';
import { findHead } from '../heads/find.ts';
import type { Head } from '../heads/head.ts';
import { HEADS } from '../heads/index.ts';
import type { Values } from '../heads/parameters.ts';
import { adacosScale, leastScale, widestAngle } from './bounds.ts';
import { type MarginBound, marginBounds } from './headroom.ts';

export interface RecommendOptions {
  readonly classes: number;
  /** The length of embeddings. */
  readonly dim: number;
  readonly samplesPerClass?: number;
  /** A head by its name or alias; all unless given. */
  readonly head?: string;
}

/** What a head's scale and margins can be. */
export interface HeadRecommendation {
  readonly head: string;
  /** The scale it takes unless told otherwise; null where it has none. */
  readonly scale: number | null;
  /** The least scales at its margins, one for each of `PROBABILITIES`; null where no scale would do. */
  readonly leastScale: readonly (number | null)[] | null;
  readonly margins: readonly MarginBound[];
}

export interface Recommendation {
  readonly classes: number;
  readonly dim: number;
  readonly samplesPerClass: number | null;
  readonly probabilities: readonly number[];
  /** Without margin, one for each probability. */
  readonly leastScale: readonly (number | null)[];
  /** Null for two classes. */
  readonly adacosScale: number | null;
  /** The widest angle that the nearest two class rows can be apart, in radians. */
  readonly widestAngle: number;
  /** Whether an arrangement is known that reaches it. */
  readonly tight: boolean;
  /** For classes of `samplesPerClass`; null where that is not given. */
  readonly marginByCount: number | null;
  readonly heads: readonly HeadRecommendation[];
  readonly reasons: readonly string[];
  readonly caveats: readonly string[];
}

/** The probabilities that an embedding on its class row shall reach: a loss of 0.1, and of 0.01. */
export const PROBABILITIES = [0.9, 0.99] as const;

/** Bounds of scale and margin for C classes of embeddings of length D, with where they come from and what they leave out. */
export function recommend({ classes, dim, samplesPerClass, head }: RecommendOptions): Recommendation {
  const named = head === undefined ? HEADS.map((each) => ({ head: each, preset: {} })) : [findHead(head)];
  const { angle, tight } = widestAngle(classes, dim);
  const heads = named.flatMap(({ head: each, preset }) => headRecommendation(each, preset, classes, dim));
  const others = named
    .map((each) => each.head.name)
    .filter((name) => heads.every((each) => each.head !== name));
  return {
    classes,
    dim,
    samplesPerClass: samplesPerClass ?? null,
    probabilities: PROBABILITIES,
    leastScale: scalesFor(classes, 1),
    adacosScale: adacosScale(classes),
    widestAngle: angle,
    tight,
    marginByCount: samplesPerClass === undefined ? null : marginByCount(samplesPerClass),
    heads,
    reasons: REASONS,
    caveats: [...caveatsOf(classes, dim, tight, samplesPerClass), ...unbounded(others)],
  };
}

const scalesFor = (classes: number, psiAtZero: number) =>
  PROBABILITIES.map((probability) => leastScale(classes, probability, psiAtZero));

/** What `leastScale` and `headroom` speak of: heads of a softmax, with a scale or a margin. */
function headRecommendation(head: Head, preset: Values, classes: number, dim: number): HeadRecommendation[] {
  const values = head.parse(preset);
  const margins = marginBounds(head, values, { classes, dim });
  const { scale } = values;
  if (!head.isCrossEntropy || (typeof scale !== 'number' && margins.length === 0)) return [];
  const few = { classes: Math.min(classes, 3), dim };
  return [
    {
      head: head.name,
      scale: typeof scale === 'number' ? scale : null,
      leastScale: typeof scale === 'number' ? scalesFor(classes, targetCurve(head, values, few, 0)) : null,
      margins,
    },
  ];
}

/**
 * The angular margin of a class of n samples by n^(−1/4), between 0.05 for very many and 0.5 for one: the third place of
 * Google Landmark Recognition 2020 (arXiv:2010.05350), whose code spreads the margins of all classes over that range.
 */
const marginByCount = (samples: number) => 0.05 + 0.45 * samples ** -0.25;

const REASONS: readonly string[] = [
  'least scale: s ≥ ln((C − 1)P/(1 − P)) / (ψ(0) + 1/(C − 1)); with ψ(0) = 1 it is equation 6 of CosFace (arXiv:1801.09414), with a margin ψ(0) is 1 − m (cosface) or cos m (arcface)',
  'margin below: an embedding on its class row must still win against the nearest other row; for cosface m < 1 − cos A, equation 7 of CosFace, for arcface m < A, the widest angle between class rows',
  'widest angle A: arccos(−1/(C − 1)) for C ≤ D + 1, 2π/C for D = 2, else at most 90° (Rankin 1955)',
  'AdaCos: s = √2·ln(C − 1), without margin (arXiv:1905.00292)',
];

const unbounded = (heads: readonly string[]) =>
  heads.length === 0
    ? []
    : [
        `not listed: ${heads.join(', ')}. They have no scale to bound (a length takes its part), or another loss than a softmax`,
      ];

function caveatsOf(
  classes: number,
  dim: number,
  tight: boolean,
  samples: number | undefined,
): readonly string[] {
  return [
    'these are bounds, not best values: below the least scale the loss cannot get small, above it training decides',
    'they hold for the mean loss over classes of the same size and rows that balance out; single samples and uneven batches may do better',
    ...(classes <= dim + 1
      ? []
      : [
          `${classes} classes in ${dim} dimensions cannot all be equally far apart (C > D + 1): a larger scale than the least is needed`,
        ]),
    ...(tight
      ? []
      : ['the angle is a bound that rows in so few dimensions do not reach: a margin must stay well below']),
    ...(samples === undefined
      ? []
      : [
          'no bound depends on the samples a class has; what few samples change is how well rows are learned. The margin by count is a rule from one competition, for classes of uneven size',
        ]),
  ];
}
