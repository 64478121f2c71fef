import { evaluate } from '../expr/evaluate.ts';
import { sizeOf, type Tensor, tensor } from '../expr/kernels.ts';
import { extractFrom } from '../graph/extract.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { startOf } from '../heads/curve.ts';
import type { Plan } from '../rewrite/plan.ts';
import { ROWS } from '../rewrite/sampled.ts';
import { type Step, stepOf } from '../rewrite/step.ts';
import { type Check, checkOf, type Result } from './checks.ts';
import type { Device } from './device.ts';
import { type Rows, rowsOf } from './expectations.ts';
import type { ProvenSessions } from './proven-sessions.ts';
import type { Subject } from './recipe.ts';
import { labelFeed, noiseFeeds, noiseFor, type SeamFeed, seamFeeds } from './seam-batches.ts';
import { cosineEpsilon, stepTolerance } from './tolerances.ts';
import type { Feed } from './wire-tensors.ts';

/** The most elements of class rows, and products with them, that a step is made of in float64, in memory and at once. */
const MOST_ELEMENTS = 2 ** 22;
const MOST_PRODUCTS = 2 ** 27;

/** A rate at which a step changes rows by about as much as training does. */
const RATE = 0.1;

const elementsOf = ({ tail, needs }: Plan) => tail.weight.classes * needs.centres * tail.weight.dim;

/** Whether class rows are few enough for a step to be made of them in float64. */
export function canJudgeStep(plan: Plan): boolean {
  return elementsOf(plan) <= MOST_ELEMENTS;
}

/** Embeddings [N, D] that the original gave, with their labels. */
export interface StepBatch {
  readonly x: Float32Array;
  readonly labels: readonly number[];
}

/**
 * One training step from the embedding on: the loss, and everything that is new after it, beside the same formulas and
 * their slopes in float64.
 */
export async function judgeStep(
  subject: Subject<'step'>,
  batch: StepBatch,
  sessions: ProvenSessions,
  { provider }: Device,
): Promise<Check[]> {
  const { plan, embedding } = subject;
  const rows = rowsOf(subject);
  const step = ofHeadAlone(subject);
  const seen = seenClasses(subject);
  const feed = firstFeed(plan, { ...batch, labels: batch.labels.map((label) => placeIn(seen, label)) });
  const given = { ...startingPoint(step, plan, rows), ...noiseOf(plan, feed), ...picked(step, seen) };
  const outputs = step.results.map(({ name }) => name);
  const { element, shape } = plan.tail.embedding;
  const part = extractFrom(subject.model, [tensorInfo(embedding, element, shape)], outputs);
  const asked = new Set(part.proto.graph?.input.map(({ name }) => name));
  const numbers = Object.entries(given).filter(([name]) => asked.has(name));
  const feeds = {
    [embedding]: feed.x,
    labels: feed.labels,
    ...Object.fromEntries(
      numbers.map(([name, value]) => [name, name === ROWS ? labelFeed(plan, seen, value.shape) : fed(value)]),
    ),
  };
  const fetched = await sessions.with(part, (session) => session.run(feeds, outputs));
  const epsilon = cosineEpsilon(provider, plan.tail.weight.dim);
  const made = (towards: number) => madeIn64(step, given, nudged(feed, rows, seen, towards));
  const [expected, nearer, farther] = [made(0), made(epsilon), made(-epsilon)];
  return outputs.map((output, i): Check => {
    const value = expected[i] ?? tensor([]);
    const before = given[output.replace(/_next$/, '')];
    // Rows that were picked lie elsewhere in the whole: their own size is then taken for what changes.
    const change = furthest(value, before?.data.length === value.data.length ? before : undefined);
    const slack = Math.max(furthest(value, nearer[i]), furthest(value, farther[i]));
    const result: Result = {
      got: fetched[output]?.data as Float32Array,
      expected: value.data,
      dims: value.shape,
      tolerance: stepTolerance(provider, change, slack),
      slack: null,
    };
    const against = 'float64, its slopes';
    return checkOf({ name: `step ${output}`, graph: 'step', output, provider, against }, [result]);
  });
}

/** A step without what depends on layers before the head, together with whose gradients those of the head are shortened. */
function ofHeadAlone({ plan, step: options }: Subject<'step'>): Step {
  const step = stepOf(plan, options);
  const { clipNorm, trainFrom, trainLast } = options;
  if (clipNorm === null || (trainFrom === undefined && trainLast === undefined)) return step;
  const alone = step.results.filter(({ name }) => name === 'loss' || name.startsWith('d_'));
  return { ...step, results: alone };
}

/** The classes that a step sees, in their order: all, or for a sampled one the last, so that picking is judged too. */
function seenClasses({ plan, step }: Subject<'step'>): number[] {
  const { classes } = plan.tail.weight;
  const count = step.sampledClasses ?? classes;
  return Array.from({ length: count }, (_, i) => classes - count + i);
}

/** A label by its place among the classes that are seen; of one that is not seen any place will do. */
const placeIn = (seen: readonly number[], label: number): number =>
  label < 0 ? label : Math.max(seen.indexOf(label), 0);

const picked = ({ inputs }: Step, seen: readonly number[]): Record<string, Tensor> =>
  ROWS in inputs ? { [ROWS]: tensor(seen) } : {};

/** As much of a batch as float64 is made of in a moment. */
function firstFeed(plan: Plan, { x, labels }: StepBatch): SeamFeed {
  const count = Math.min(labels.length, Math.max(1, Math.floor(MOST_PRODUCTS / elementsOf(plan))));
  const [feed] = seamFeeds(plan, x.subarray(0, count * plan.tail.weight.dim), labels.slice(0, count));
  if (feed === undefined) throw new Error('there is no batch to step with');
  return feed;
}

/** What a step goes from: the rows of the model, everything else as it is at the start of training. */
function startingPoint({ inputs }: Step, plan: Plan, { w, bias }: Rows): Record<string, Tensor> {
  const taken = startOf(plan.needs.takes);
  const known: Readonly<Record<string, ArrayLike<number> | number | null>> = {
    ...taken,
    weight: w,
    bias,
    lr: RATE,
    step: 1,
    class_weights: plan.classWeights,
  };
  const dimsOf = (name: string, value: ArrayLike<number> | number) =>
    inputs[name]?.shape.map(Number) ?? (typeof value === 'number' ? [] : [1, value.length]);
  const tensors = Object.entries(known).flatMap(([name, value]) =>
    value === null ? [] : [[name, tensor(value, dimsOf(name, value))] as const],
  );
  const memories = Object.entries(inputs).flatMap(([name, { element, shape }]) => {
    if (name in known || element !== 'float32' || !shape.every((dim) => typeof dim === 'number')) return [];
    return [[name, tensor(new Float64Array(sizeOf(shape)), shape)] as const];
  });
  return Object.fromEntries([...memories, ...tensors]);
}

function noiseOf(plan: Plan, { labels, to }: SeamFeed): Record<string, Tensor> {
  const feeds = Object.entries(noiseFeeds(noiseFor(plan, to), labels.dims));
  return Object.fromEntries(
    feeds.map(([name, { data, dims }]) => [name, tensor(data as Float32Array, dims)]),
  );
}

const fed = ({ shape, data }: Tensor): Feed => ({
  element: 'float32',
  dims: shape,
  data: Float32Array.from(data),
});

function madeIn64(
  step: Step,
  given: Readonly<Record<string, Tensor>>,
  batch: Record<string, Tensor>,
): Tensor[] {
  return evaluate(
    step.results.map(({ expr }) => expr),
    { ...given, ...batch },
  );
}

/** A batch whose embeddings lie `by` of their length nearer to the rows of their classes. */
function nudged(
  { x, labels }: SeamFeed,
  { directions }: Rows,
  seen: readonly number[],
  by: number,
): Record<string, Tensor> {
  const classes = Array.from(labels.data as ArrayLike<number | bigint>, Number);
  const { dim, units } = directions;
  const moved = Float64Array.from(x.data as Float32Array, Number);
  for (const [i, label] of classes.entries()) {
    const row = moved.subarray(i * dim, (i + 1) * dim);
    const length = Math.hypot(...row);
    const nearest = seen[label];
    if (nearest === undefined) continue;
    for (let k = 0; k < dim; k++) row[k] = (row[k] ?? 0) + by * length * (units[nearest * dim + k] ?? 0);
  }
  return { x: tensor(moved, [...labels.dims, dim]), labels: tensor(classes, labels.dims) };
}

/** The largest difference of two tensors; of one alone its largest element. */
function furthest(a: Tensor, b: Tensor | undefined): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b?.data[i] ?? 0))), 0);
}
