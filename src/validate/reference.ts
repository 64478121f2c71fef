import type { Head, Sample } from '../heads/head.ts';
import type { Values } from '../heads/parameters.ts';

/** A batch at the seam, in plain arrays: row-major `x` [N, D], `w` [C, D], `bias` [C] or null, `labels` [N]. */
export interface SeamBatch {
  readonly x: ArrayLike<number>;
  readonly w: ArrayLike<number>;
  readonly bias: ArrayLike<number> | null;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
  readonly dim: number;
  /** The label that does not count in the loss. */
  readonly ignoreIndex?: number;
}

/** What a rewritten pair of graphs should give, in float64; matrices are row-major [N, C]. */
export interface Expected {
  /** cos θ_j. */
  readonly cosine: Float64Array;
  /** The training logits, margin and scale applied. */
  readonly logits: Float64Array;
  /** The logits without margin. */
  readonly plain: Float64Array;
  /** How far each training logit moves when every cosine is off by `epsilon`; [N, C]. */
  readonly slack: Float64Array;
  /** The mean cross-entropy over the samples whose label is in [0, C) and counts; 0 where there is none. */
  readonly loss: number;
}

/**
 * The head's own `reference` over a batch, in plain loops of float64 that share nothing with the graphs.
 *
 * A cosine of float32 is off by a few units of 2⁻²⁴, and where ψ is steep (near θ = 0 and π) or jumps, that moves the
 * target's logit far more than rounding does. `epsilon` is how much a cosine may be off; `slack` is what follows.
 */
export function referenceOf(head: Head, values: Values, batch: SeamBatch, epsilon = 0): Expected {
  const { classes, dim } = batch;
  const count = batch.labels.length;
  const w = rowsOf(batch.w, classes, dim);
  const x = rowsOf(batch.x, count, dim);
  const wNorm = w.map(({ norm }) => norm);
  const bias = Array.from({ length: classes }, (_, j) => batch.bias?.[j] ?? 0);
  const cosine = new Float64Array(count * classes);
  const logits = new Float64Array(count * classes);
  const plain = new Float64Array(count * classes);
  const slack = new Float64Array(count * classes);
  for (const [i, row] of x.entries()) {
    const label = batch.labels[i] ?? -1;
    const theta = w.map((other) => angleBetween(row.unit, other.unit));
    const sample: Sample = { theta, label, xNorm: row.norm, wNorm, bias };
    const z = head.reference(sample, values);
    cosine.set(theta.map(Math.cos), i * classes);
    logits.set(z, i * classes);
    plain.set(head.reference({ ...sample, label: -1 }, values), i * classes);
    slack.set(slackOf(head, values, sample, z, epsilon), i * classes);
  }
  return { cosine, logits, plain, slack, loss: meanCrossEntropy(logits, batch) };
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
  { labels, classes, ignoreIndex }: Pick<SeamBatch, 'labels' | 'classes' | 'ignoreIndex'>,
): number {
  let [sum, counted] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1;
    if (label < 0 || label >= classes || label === ignoreIndex) continue;
    sum += crossEntropy(
      Array.from({ length: classes }, (_, j) => logits[i * classes + j] ?? Number.NaN),
      label,
    );
    counted++;
  }
  return sum / Math.max(counted, 1);
}

/** The angle whose cosine is `by` larger. */
const shifted = (by: number) => (theta: number) => Math.acos(Math.min(1, Math.max(-1, Math.cos(theta) + by)));

interface Row {
  readonly unit: Float64Array;
  readonly norm: number;
}

/** Rows of a matrix with their lengths; a zero row has the unit vector 0. */
function rowsOf(data: ArrayLike<number>, count: number, dim: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const row = Float64Array.from({ length: dim }, (_, k) => data[i * dim + k] ?? Number.NaN);
    const norm = Math.hypot(...chunksOf(row));
    return { norm, unit: norm === 0 ? row : row.map((v) => v / norm) };
  });
}

/** Partial lengths of a row, so that `Math.hypot` (which neither overflows nor vanishes) gets few arguments. */
function chunksOf(row: Float64Array): number[] {
  const lengths: number[] = [];
  for (let i = 0; i < row.length; i += 1024) lengths.push(Math.hypot(...row.subarray(i, i + 1024)));
  return lengths;
}

/**
 * The angle between unit vectors, 2·atan2(‖a − b‖, ‖a + b‖), which is exact near 0 and π where acos of a product is
 * not (W. Kahan, "How futile are mindless assessments of roundoff"). π/2 where one of them is 0.
 */
function angleBetween(a: Float64Array, b: Float64Array): number {
  let minus = 0;
  let plus = 0;
  for (let k = 0; k < a.length; k++) {
    const [p, q] = [a[k] ?? 0, b[k] ?? 0];
    minus += (p - q) ** 2;
    plus += (p + q) ** 2;
  }
  return 2 * Math.atan2(Math.sqrt(minus), Math.sqrt(plus));
}

function crossEntropy(logits: readonly number[], label: number): number {
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
  return Math.log(sum) + largest - (logits[label] ?? Number.NaN);
}
