import { isMarginError } from '../errors.ts';
import { viewGraph } from '../graph/view.ts';
import type { NumberArray } from '../model/number-array.ts';
import type { Scratch } from '../model/scratch.ts';
import { batchStaysFixed, type FixedBatch } from '../rewrite/opened.ts';
import type { Plan } from '../rewrite/plan.ts';
import { inputsOf, isBatched } from './batch.ts';
import { type Check, checkOf, OPEN_BATCH, type Result } from './checks.ts';
import type { Evidence } from './judge.ts';
import { type Original, runOriginal } from './original.ts';
import type { GraphKind, Subject } from './recipe.ts';
import type { Runtime } from './runtime.ts';
import type { Feeds } from './samples.ts';
import { otherBatchTolerance } from './tolerances.ts';
import type { Feed, Fetched } from './wire-tensors.ts';

/** Runs the original; where its batch was opened, a run that fails tells that it cannot be. @throws MarginError RUNTIME_FAILED, UNSUPPORTED_MODEL */
export async function runOpened(
  runtime: Runtime,
  scratch: Scratch,
  plan: Plan,
  batches: readonly Feeds[],
): Promise<Original> {
  try {
    return await runOriginal(runtime, scratch, plan, batches);
  } catch (error) {
    if (plan.fixed === null || !isMarginError(error) || error.code !== 'RUNTIME_FAILED') throw error;
    throw batchStaysFixed(error.saw ?? error.message, error);
  }
}

/**
 * What says that a batch was opened rightly: many samples at once give what they give as few at a time as the model was made for.
 * No check where nothing was opened, and where samples are no more than that. @throws MarginError RUNTIME_FAILED
 */
export async function judgeOpened(
  runtime: Runtime,
  scratch: Scratch,
  { kind, plan }: Pick<Subject<GraphKind>, 'kind' | 'plan'>,
  { batches, original }: Pick<Evidence, 'batches' | 'original'>,
): Promise<Check[]> {
  const { fixed, tail } = plan;
  if (fixed === null) return [];
  const against = `the original, ${fixed.size} at a time`;
  const [feeds, many] = [batches[0], original.embeddings[0]];
  if (feeds === undefined || many === undefined) throw new Error('the original was run without samples');
  // One batch is enough: what mixes samples mixes those.
  const { turns, filled } = turnsOf(fixed, feeds);
  if (turns.length < 2) return [];
  const few = await runOriginal(runtime, scratch, { ...plan, model: fixed.model }, turns);
  const results = [resultOf(many, few.embeddings, filled)];
  const output = tail.embedding.value;
  return [
    checkOf({ name: `${OPEN_BATCH} embedding`, graph: kind, output, provider: 'cpu', against }, results),
  ];
}

/** What is to be known where a batch was opened and nothing could tell whether rightly. */
export function unprovenBatch({ fixed }: Plan, checks: readonly Check[]): string[] {
  if (fixed === null || checks.some(({ name }) => name.startsWith(OPEN_BATCH))) return [];
  return [`the batch was opened, and only more than ${fixed.size} samples at once prove that it could be`];
}

/** Runs of a model that takes a fixed number of samples. */
interface Turns {
  readonly turns: readonly Feeds[];
  /** The part of all that these see which is no repetition. */
  readonly filled: number;
}

/** Samples in as many runs as a fixed batch takes; where they do not fill the last, those from the start fill it. */
function turnsOf({ model, size }: FixedBatch, feeds: Feeds): Turns {
  const names = inputsOf(viewGraph(model)).flatMap((each) => (isBatched(each, size) ? [each.name] : []));
  const [count = 0] = feeds[names[0] ?? '']?.dims ?? [];
  const turns = Array.from({ length: Math.ceil(count / size) }, (_, turn) =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => [
        name,
        names.includes(name) ? rowsOf(feed, turn * size, size) : feed,
      ]),
    ),
  );
  return { turns, filled: count / (turns.length * size) };
}

/** So many samples from one on, the first behind the last. */
function rowsOf({ element, dims, data }: Feed, from: number, size: number): Feed {
  const [count = 1, ...rest] = dims;
  const each = data.length / count;
  const rows = new (data.constructor as new (length: number) => NumberArray)(size * each);
  for (let i = 0; i < size; i++) {
    const at = ((from + i) % count) * each;
    rows.set(data.subarray(at, at + each) as never, i * each);
  }
  return { element, dims: [size, ...rest], data: rows };
}

/** Embeddings of many samples at once beside those of the same, few at a time. */
function resultOf({ element, dims, data }: Fetched, few: readonly Fetched[], filled: number): Result {
  const got = Float64Array.from(data as Float32Array, Number);
  const all = few.flatMap((part) => Array.from(part.data as Float32Array, Number));
  // Where there are not as many, some sample has taken part in what was made of another.
  const isWhole = Math.round(all.length * filled) === got.length;
  const expected = isWhole ? Float64Array.from(all.slice(0, got.length)) : got.map(() => Number.NaN);
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return { got, expected, dims, tolerance: otherBatchTolerance(element, largest), slack: null };
}
