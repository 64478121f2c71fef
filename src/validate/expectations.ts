import { startOf } from '../heads/curve.ts';
import { type Sample, takenNumber } from '../heads/sample.ts';
import { headRows } from '../rewrite/head-rows.ts';
import type { InferOutput, Plan } from '../rewrite/plan.ts';
import type { Tolerance } from './compare.ts';
import { type Directions, directionsOf } from './directions.ts';
import type { Provider } from './messages.ts';
import type { Subject } from './recipe.ts';
import { type Expected, referenceOf } from './reference.ts';
import { referenceLoss } from './reference-loss.ts';
import {
  cosineEpsilon,
  cosineTolerance,
  logitTolerance,
  lossTolerance,
  stateTolerance,
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

/** The class rows that a subject's graphs hold: `w` [C·K, D], the same as directions, and the bias [C] or null. */
export interface Rows {
  readonly w: Float32Array;
  readonly directions: Directions;
  readonly bias: Float32Array | null;
}

export function rowsOf({ plan }: Pick<Subject, 'plan'>): Rows {
  const { tail, head, needs } = plan;
  const w = headRows(plan);
  const directions = directionsOf(w, tail.weight.classes * needs.centres, tail.weight.dim);
  return { w, directions, bias: head.keepsBias ? (tail.bias?.rows() ?? null) : null };
}

/** Embeddings [N, D] with their labels [N] and noise, and what a run gave for them. */
export interface Run {
  readonly x: ArrayLike<number>;
  readonly labels: readonly number[];
  readonly noise: Readonly<Record<string, ArrayLike<number>>>;
  readonly got: (output: string) => ArrayLike<number>;
}

/** The states that a subject carries from step to step, by their names. */
function statesOf({ plan: { needs } }: Subject): string[] {
  return Object.entries(needs.takes).flatMap(([name, { kind }]) => (kind === 'state' ? [name] : []));
}

/** The outputs of a subject that are checked, by their names in the graph. */
export function outputsOf(subject: Subject): string[] {
  const { inferOutputs, firstOutputName } = subject.plan;
  if (subject.kind === 'train') return ['logits', 'loss', ...statesOf(subject).map((name) => `${name}_next`)];
  return inferOutputs.map((output, index) => (index === 0 ? (firstOutputName ?? output) : output));
}

/**
 * What each output of a run should have been, in the order of `outputsOf`. `drift` is what `x` may be off from the
 * embedding that the run had, as a part of its length.
 */
export function expectationsOf(
  subject: Subject,
  rows: Rows,
  run: Run,
  provider: Provider,
  drift = 0,
): Expectation[] {
  const { tail, head, values, needs, ignoreIndex } = subject.plan;
  const { classes, dim } = tail.weight;
  const { x, labels, noise } = run;
  const seam = {
    x,
    rows: rows.directions,
    centres: needs.centres,
    bias: rows.bias,
    // −1 asks the reference for the logits of inference, and may be the label that training ignores.
    labels: labels.map((label) => (subject.kind === 'infer' ? -1 : label === -1 ? -2 : label)),
    ignoreIndex,
    taken: startOf(needs.takes),
    noise,
  };
  const reference = referenceOf(head, values, seam, cosineEpsilon(provider, dim, drift));
  const { cosine, logits: expected, slack } = reference;
  const dims = [labels.length, classes];
  const logits: Expectation = { expected, dims, tolerance: logitTolerance(provider, dim, drift), slack };
  if (subject.kind === 'train') {
    const states = statesOf(subject).map((name) =>
      stateOf(name, reference, stateTolerance(provider, dim, drift)),
    );
    return [logits, lossOf(subject, reference, run.got('logits'), provider), ...states];
  }
  const made: Readonly<Record<InferOutput, () => Expectation>> = {
    cosine: () => ({ expected: cosine, dims, tolerance: cosineTolerance(provider, dim, drift), slack: null }),
    logits: () => logits,
    embedding: () => ({
      expected: directionsOf(x, labels.length, dim).units,
      dims: [labels.length, dim],
      tolerance: unitTolerance(provider, drift),
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
function lossOf(
  { plan }: Subject,
  { samples, moved }: Expected,
  logits: ArrayLike<number>,
  provider: Provider,
): Expectation {
  const { head, values } = plan;
  const own = Float64Array.from(logits).subarray(0, samples.length * plan.tail.weight.classes);
  const largest = own.reduce((most, z) => Math.max(most, Math.abs(z)), 0);
  const lossesOf = (list: readonly Sample[]) => referenceLoss(head, values, list, own, plan);
  const expected = lossesOf(samples);
  // A regulariser reads lengths, which are not judged by themselves.
  const others = moved.map(lossesOf);
  const terms = plan.reduction === 'sum' ? samples.length : 1;
  const addends = head.isCrossEntropy ? 1 : plan.tail.weight.classes;
  const perSample = addends * heaviest(plan, samples);
  return {
    expected,
    dims: plan.reduction === 'none' ? [samples.length] : [],
    tolerance: lossTolerance(provider, largest * terms * perSample, addends),
    slack: expected.map((loss, i) =>
      Math.max(0, ...others.map((other) => Math.abs((other[i] ?? loss) - loss))),
    ),
  };
}

/** How many times heavier than the one that a mean is over the heaviest sample or class may be. */
function heaviest({ classWeights, reduction }: Plan, samples: Expected['samples']): number {
  if (classWeights === null) return 1;
  const counted = samples.flatMap(({ counts, label }) => (counts ? [classWeights[label] ?? 0] : []));
  const mean = counted.reduce((sum, weight) => sum + weight, 0) / Math.max(counted.length, 1);
  const most = classWeights.reduce((largest, weight) => Math.max(largest, weight), 0);
  return reduction === 'mean' && mean > 0 ? most / mean : most;
}

/** A state after the step, which a batch of samples makes together. */
function stateOf(name: string, { samples, moved }: Expected, tolerance: Tolerance): Expectation {
  const [first] = samples;
  const value = first === undefined ? 0 : takenNumber(first, name);
  const give = moved.flatMap(([other]) =>
    other === undefined ? [] : [Math.abs(takenNumber(other, name) - value)],
  );
  return {
    expected: Float64Array.of(value),
    dims: [],
    tolerance,
    slack: Float64Array.of(Math.max(0, ...give)),
  };
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
