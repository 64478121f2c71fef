import type { InferOutput } from '../rewrite/plan.ts';
import type { Tolerance } from './compare.ts';
import { type Directions, directionsOf } from './directions.ts';
import type { Provider } from './messages.ts';
import type { Subject } from './recipe.ts';
import { meanCrossEntropy, referenceOf, type SeamBatch } from './reference.ts';
import {
  cosineEpsilon,
  cosineTolerance,
  logitTolerance,
  lossTolerance,
  unitTolerance,
} from './tolerances.ts';

/** What an output should be, in float64, and what is allowed. */
export interface Expectation {
  readonly expected: Float64Array;
  /** Row-major, rows first; `[]` for a scalar. */
  readonly dims: readonly number[];
  readonly tolerance: Tolerance;
  readonly slack: Float64Array | null;
}

/** The class rows that a subject's graphs hold: `w` [C, D], the same as directions, and the bias [C] or null. */
export interface Rows {
  readonly w: Float32Array;
  readonly directions: Directions;
  readonly bias: Float32Array | null;
}

export function rowsOf({ plan: { tail, head } }: Subject): Rows {
  const w = tail.weight.rows();
  const directions = directionsOf(w, tail.weight.classes, tail.weight.dim);
  return { w, directions, bias: head.keepsBias ? (tail.bias?.rows() ?? null) : null };
}

/** Embeddings [N, D] with their labels [N], and what a run gave for them. */
export interface Run {
  readonly x: ArrayLike<number>;
  readonly labels: readonly number[];
  readonly got: (output: string) => ArrayLike<number>;
}

/** The outputs of a subject that are checked, by their names in the graph. */
export function outputsOf({ kind, plan: { inferOutputs, firstOutputName } }: Subject): string[] {
  if (kind === 'train') return ['logits', 'loss'];
  return inferOutputs.map((output, index) => (index === 0 ? (firstOutputName ?? output) : output));
}

/** What each output of a run should have been, in the order of `outputsOf`. */
export function expectationsOf(subject: Subject, rows: Rows, run: Run, provider: Provider): Expectation[] {
  const { tail, head, values, ignoreIndex } = subject.plan;
  const { classes, dim } = tail.weight;
  const { x, labels } = run;
  const epsilon = cosineEpsilon(provider, dim);
  const given = subject.kind === 'train' ? labels : labels.map(() => -1);
  const seam = { x, rows: rows.directions, bias: rows.bias, labels: given, ignoreIndex };
  const { cosine, logits: expected, slack } = referenceOf(head, values, seam, epsilon);
  const dims = [labels.length, classes];
  const logits: Expectation = { expected, dims, tolerance: logitTolerance(provider, dim), slack };
  if (subject.kind === 'train') return [logits, lossOf(run.got('logits'), seam, provider)];
  const made: Readonly<Record<InferOutput, () => Expectation>> = {
    cosine: () => ({ expected: cosine, dims, tolerance: cosineTolerance(provider, dim), slack: null }),
    logits: () => logits,
    embedding: () => ({
      expected: directionsOf(x, labels.length, dim).units,
      dims: [labels.length, dim],
      tolerance: unitTolerance(provider),
      slack: null,
    }),
    probabilities: () => probabilities(logits, classes, provider),
  };
  return subject.plan.inferOutputs.map((output) => made[output]());
}

/**
 * The loss of the logits that the same run gave: they are judged by themselves, and what they may be off must not hide
 * what is wrong with the loss.
 */
function lossOf(logits: ArrayLike<number>, seam: SeamBatch, provider: Provider): Expectation {
  const own = Float64Array.from(logits).subarray(0, seam.labels.length * seam.rows.norms.length);
  const largest = own.reduce((most, z) => Math.max(most, Math.abs(z)), 0);
  const expected = Float64Array.of(meanCrossEntropy(own, seam));
  return { expected, dims: [], tolerance: lossTolerance(provider, largest), slack: null };
}

/** Softmax of the logits; a probability p moves by at most 2p times what the logits of its row move. */
function probabilities(logits: Expectation, classes: number, provider: Provider): Expectation {
  const expected = logits.expected.slice();
  const slack = new Float64Array(expected.length);
  const { rtol, atol } = logits.tolerance;
  for (let i = 0; i < expected.length; i += classes) {
    const row = expected.subarray(i, i + classes);
    const largest = row.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
    const moved = row.reduce(
      (most, z, j) => Math.max(most, atol + rtol * Math.abs(z) + (logits.slack?.[i + j] ?? 0)),
      0,
    );
    row.set(row.map((z) => Math.exp(z - largest)));
    const sum = row.reduce((total, p) => total + p, 0);
    row.set(row.map((p) => p / sum));
    slack.subarray(i, i + classes).set(row.map((p) => 2 * p * moved));
  }
  return { expected, dims: logits.dims, tolerance: unitTolerance(provider), slack };
}
