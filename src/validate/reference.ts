import type { Head } from '../heads/head.ts';
import type { Values } from '../heads/parameters.ts';
import type { Sample } from '../heads/sample.ts';
import { angleBetween, type Directions, directionsOf } from './directions.ts';
import { LEVELS, otherShares } from './other-shares.ts';

/** A batch at the seam, in plain arrays, with everything that its head takes. */
export interface SeamBatch {
  /** Row-major `[N, D]`. */
  readonly x: ArrayLike<number>;
  /** `[C·K, D]`, row c·K + k being centre k of class c. */
  readonly rows: Directions;
  readonly centres: number;
  /** `[C]` or null. */
  readonly bias: ArrayLike<number> | null;
  /** `[N]`. */
  readonly labels: ArrayLike<number>;
  /** The label that does not count. */
  readonly ignoreIndex?: number;
  /** What the head takes, before any update. */
  readonly taken: Sample['taken'];
  /** Of that, what differs from sample to sample: `[N]` each. */
  readonly noise: Readonly<Record<string, ArrayLike<number>>>;
}

/** What a rewritten pair of graphs should give, in float64; matrices are row-major [N, C]. */
export interface Expected {
  /** cos θ_j. */
  readonly cosine: Float64Array;
  /** The training logits, margin and scale applied; without margin where there is no label. */
  readonly logits: Float64Array;
  /** How far each logit moves when every cosine and length is off by `epsilon`. */
  readonly slack: Float64Array;
  /** The samples, with what their head takes as it is after the step. */
  readonly samples: readonly Sample[];
  /** The same when every cosine and length is off by `epsilon`, in each way of `WAYS`. */
  readonly moved: readonly (readonly Sample[])[];
}

/**
 * To which sides the target's cosine, those of the others and the lengths are off: together, and apart, for some heads ask
 * which of two cosines is the larger, and others multiply the margin with the lengths.
 */
const WAYS = [
  { target: -1, others: -1, lengths: -1 },
  { target: 1, others: 1, lengths: 1 },
  { target: -1, others: -1, lengths: 1 },
  { target: 1, others: 1, lengths: -1 },
  { target: 1, others: -1, lengths: 1 },
  { target: -1, others: 1, lengths: -1 },
] as const;

interface Way {
  readonly target: number;
  readonly others: number;
  readonly lengths: number;
}

/**
 * The head's own `reference` over a batch, in plain loops of float64 that share nothing with the graphs.
 *
 * A cosine of float32 is off by a few units of 2⁻²⁴, and where ψ is steep (near θ = 0 and π) or jumps, that moves the
 * target's logit far more than rounding does; so do lengths where a head measures them by how little they differ.
 * `epsilon` is how much a cosine may be off, and a length in proportion; `slack` is what follows.
 */
export function referenceOf(head: Head, values: Values, batch: SeamBatch, epsilon = 0): Expected {
  const plain = samplesOf(batch);
  const samples = head.reference.batch(plain, values);
  const ways = epsilon === 0 ? [] : WAYS;
  const moved = ways.map((way) => head.reference.batch(plain.map(shifted(way, epsilon)), values));
  const classes = batch.rows.norms.length / batch.centres;
  const matrix = () => new Float64Array(samples.length * classes);
  const [cosine, logits, slack] = [matrix(), matrix(), matrix()];
  for (const [i, sample] of samples.entries()) {
    const z = head.reference.logits(sample, values);
    const others = moved.map((list) => head.reference.logits(list[i] ?? sample, values));
    cosine.set(sample.theta.map(Math.cos), i * classes);
    logits.set(z, i * classes);
    slack.set(
      z.map((value, j) => Math.max(0, ...others.map((other) => Math.abs((other[j] ?? value) - value)))),
      i * classes,
    );
  }
  const shared = Object.keys(batch.noise).length > 0 && samples !== plain;
  if (!shared || moved.length === 0) return { cosine, logits, slack, samples, moved };
  const levels = LEVELS.map((part) =>
    plain.map(shifted({ target: part, others: part, lengths: part }, epsilon)),
  );
  const shares = sharesSlack(head, values, samples, levels, logits);
  return { cosine, logits, slack: slack.map((own, at) => own + (shares[at] ?? 0)), samples, moved };
}

/** How far each logit moves where another order of near cosines gives a sample another share of the noise. */
function sharesSlack(
  head: Head,
  values: Values,
  samples: readonly Sample[],
  levels: readonly (readonly Sample[])[],
  logits: Float64Array,
): Float64Array {
  const slack = new Float64Array(logits.length);
  const classes = logits.length / Math.max(samples.length, 1);
  for (const [i, other] of otherShares(samples, levels, (list) => head.reference.batch(list, values))) {
    for (const [j, z] of head.reference.logits(other, values).entries()) {
      const at = i * classes + j;
      slack[at] = Math.max(slack[at] ?? 0, Math.abs(z - (logits[at] ?? z)));
    }
  }
  return slack;
}

function samplesOf(batch: SeamBatch): Sample[] {
  const { rows, centres, labels, ignoreIndex, taken, noise } = batch;
  const classes = rows.norms.length / centres;
  const x = directionsOf(batch.x, labels.length, rows.dim);
  const wNorm = Array.from({ length: classes }, (_, j) => rows.norms[j * centres] ?? 0);
  const bias = wNorm.map((_, j) => batch.bias?.[j] ?? 0);
  return Array.from(labels, (label, i) => {
    const drawn = Object.entries(noise).map(([name, numbers]) => [name, numbers[i] ?? 0]);
    return {
      theta: wNorm.map((_, j) => nearestAngle(x, i, rows, j, centres)),
      label,
      counts: label >= 0 && label < classes && label !== ignoreIndex,
      xNorm: x.norms[i] ?? 0,
      wNorm,
      bias,
      taken: { ...taken, ...Object.fromEntries(drawn) },
    };
  });
}

function nearestAngle(x: Directions, i: number, rows: Directions, j: number, centres: number): number {
  let least = angleBetween(x, i, rows, j * centres);
  for (let k = 1; k < centres; k++) least = Math.min(least, angleBetween(x, i, rows, j * centres + k));
  return least;
}

/** A sample whose cosines are off by `epsilon`, and its lengths in proportion, every other one's to the other side. */
const shifted =
  ({ target, others, lengths }: Way, epsilon: number) =>
  (sample: Sample, index: number): Sample => {
    const longer = 1 + epsilon * (index % 2 === 0 ? lengths : -lengths);
    return {
      ...sample,
      theta: sample.theta.map((theta, j) => {
        const by = epsilon * (j === sample.label ? target : others);
        return Math.acos(Math.min(1, Math.max(-1, Math.cos(theta) + by)));
      }),
      xNorm: sample.xNorm * longer,
      wNorm: sample.wNorm.map((norm) => norm * longer),
    };
  };
