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
  /** How far each logit moves when every cosine is off by `epsilon`. */
  readonly slack: Float64Array;
  /** The samples, with what their head takes as it is after the step. */
  readonly samples: readonly Sample[];
  /** The same when every cosine is off by `epsilon` to either side. */
  readonly moved: readonly (readonly Sample[])[];
}

/**
 * The head's own `reference` over a batch, in plain loops of float64 that share nothing with the graphs.
 *
 * A cosine of float32 is off by a few units of 2⁻²⁴, and where ψ is steep (near θ = 0 and π) or jumps, that moves the
 * target's logit far more than rounding does. `epsilon` is how much a cosine may be off; `slack` is what follows.
 */
export function referenceOf(head: Head, values: Values, batch: SeamBatch, epsilon = 0): Expected {
  const plain = samplesOf(batch);
  const settled = (by: number) => head.reference.batch(by === 0 ? plain : plain.map(shifted(by)), values);
  const samples = settled(0);
  const moved = epsilon === 0 ? [] : [settled(-epsilon), settled(epsilon)];
  const classes = batch.rows.norms.length / batch.centres;
  const matrix = () => new Float64Array(samples.length * classes);
  const [cosine, logits, slack, shares] = [matrix(), matrix(), matrix(), matrix()];
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
  if (moved.length > 0 && Object.keys(batch.noise).length > 0 && samples !== plain) {
    const levels = LEVELS.map((part) => plain.map(shifted(part * epsilon)));
    for (const [i, other] of otherShares(samples, levels, (list) => head.reference.batch(list, values))) {
      for (const [j, z] of head.reference.logits(other, values).entries()) {
        const at = i * classes + j;
        shares[at] = Math.max(shares[at] ?? 0, Math.abs(z - (logits[at] ?? z)));
      }
    }
  }
  slack.set(slack.map((own, at) => own + (shares[at] ?? 0)));
  return { cosine, logits, slack, samples, moved };
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

/** The same sample with every cosine larger by `by`. */
const shifted = (by: number) => (sample: Sample) => ({
  ...sample,
  theta: sample.theta.map((theta) => Math.acos(Math.min(1, Math.max(-1, Math.cos(theta) + by)))),
});
