import type { Head, Sample } from '../heads/head.ts';
import type { Values } from '../heads/parameters.ts';
import { angleBetween, type Directions, directionsOf } from './directions.ts';

/** A batch at the seam, in plain arrays: row-major `x` [N, D], class rows [C, D], `bias` [C] or null, `labels` [N]. */
export interface SeamBatch {
  readonly x: ArrayLike<number>;
  readonly rows: Directions;
  readonly bias: ArrayLike<number> | null;
  readonly labels: ArrayLike<number>;
  /** The label that does not count in the loss. */
  readonly ignoreIndex?: number;
}

/** What a rewritten pair of graphs should give, in float64; matrices are row-major [N, C]. */
export interface Expected {
  /** cos θ_j. */
  readonly cosine: Float64Array;
  /** The training logits, margin and scale applied; without margin where there is no label. */
  readonly logits: Float64Array;
  /** How far each logit moves when every cosine is off by `epsilon`. */
  readonly slack: Float64Array;
}

/**
 * The head's own `reference` over a batch, in plain loops of float64 that share nothing with the graphs.
 *
 * A cosine of float32 is off by a few units of 2⁻²⁴, and where ψ is steep (near θ = 0 and π) or jumps, that moves the
 * target's logit far more than rounding does. `epsilon` is how much a cosine may be off; `slack` is what follows.
 */
export function referenceOf(head: Head, values: Values, batch: SeamBatch, epsilon = 0): Expected {
  const { rows, labels } = batch;
  const classes = rows.norms.length;
  const x = directionsOf(batch.x, labels.length, rows.dim);
  const wNorm = Array.from(rows.norms);
  const bias = wNorm.map((_, j) => batch.bias?.[j] ?? 0);
  const matrix = () => new Float64Array(labels.length * classes);
  const expected: Expected = { cosine: matrix(), logits: matrix(), slack: matrix() };
  for (let i = 0; i < labels.length; i++) {
    const theta = wNorm.map((_, j) => angleBetween(x, i, rows, j));
    const sample: Sample = { theta, label: labels[i] ?? -1, xNorm: x.norms[i] ?? 0, wNorm, bias };
    const z = head.reference(sample, values);
    expected.cosine.set(theta.map(Math.cos), i * classes);
    expected.logits.set(z, i * classes);
    expected.slack.set(slackOf(head, values, sample, z, epsilon), i * classes);
  }
  return expected;
}

/** How far the logits of a sample move when every cosine is off by `epsilon` to either side. */
function slackOf(
  head: Head,
  values: Values,
  sample: Sample,
  z: readonly number[],
  epsilon: number,
): number[] {
  if (epsilon === 0) return z.map(() => 0);
  const moved = [-epsilon, epsilon].map((by) =>
    head.reference({ ...sample, theta: sample.theta.map(shifted(by)) }, values),
  );
  return z.map((value, j) => Math.max(...moved.map((other) => Math.abs((other[j] ?? value) - value))));
}

/** The mean cross-entropy of logits [N, C] over the samples whose label is in [0, C) and counts; 0 where there is none. */
export function meanCrossEntropy(
  logits: ArrayLike<number>,
  { rows, labels, ignoreIndex }: Pick<SeamBatch, 'rows' | 'labels' | 'ignoreIndex'>,
): number {
  const classes = rows.norms.length;
  let [sum, counted] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1;
    if (label < 0 || label >= classes || label === ignoreIndex) continue;
    const row = Array.from({ length: classes }, (_, j) => logits[i * classes + j] ?? Number.NaN);
    sum += crossEntropy(row, label);
    counted++;
  }
  return sum / Math.max(counted, 1);
}

/** The angle whose cosine is `by` larger. */
const shifted = (by: number) => (theta: number) => Math.acos(Math.min(1, Math.max(-1, Math.cos(theta) + by)));

function crossEntropy(logits: readonly number[], label: number): number {
  const largest = logits.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
  return Math.log(sum) + largest - (logits[label] ?? Number.NaN);
}
