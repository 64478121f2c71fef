import { MarginError } from '../errors.ts';
import { extractUpTo } from '../graph/extract.ts';
import { fileDigest } from '../model/digest.ts';
import { type FloatRows, floatRows } from '../model/float-rows.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeModel } from '../model/write.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { Device } from '../validate/device.ts';
import type { Runtime } from '../validate/runtime.ts';
import type { Feeds } from '../validate/samples.ts';
import { openInputs, readLabels, type SavedInputs } from '../validate/saved-inputs.ts';
import type { Feed } from '../validate/wire-tensors.ts';
import { checkClasses } from './classes.ts';
import { keepEmbeddings, type Origin, readEmbeddings } from './embedding-cache.ts';

/** Embeddings in a table with their labels: what the head is trained with. */
export interface LabelledRows {
  /** `[M, D]`: a row a sample, or a row a token. */
  readonly rows: FloatRows;
  /** `[M]`, each a class. */
  readonly labels: Uint32Array;
  /** `[M]`: which sample each row is of. */
  readonly samples: Uint32Array;
  /** SHA-256 of the files that they are from. */
  readonly digests: { readonly data: string; readonly labels: string };
  /** What was done to make the data fit, for people. */
  readonly notes: readonly string[];
}

/** Samples and labels in files, checked as far as they can be before anything runs. */
export interface OpenData {
  readonly inputs: SavedInputs;
  readonly each: number;
  readonly labels: readonly number[];
  readonly digests: LabelledRows['digests'];
}

/** Opens the files and looks at the labels. @throws MarginError BAD_DATA */
export function openData(
  plan: Plan,
  { data, labels: labelFile }: { readonly data: string; readonly labels: string },
  allowEmpty: boolean,
): OpenData {
  const inputs = openInputs(plan.view, data);
  const { each, labels } = readLabels(labelFile, inputs.count);
  const { classes } = plan.tail.weight;
  checkClasses(labels, { classes, ignoreIndex: plan.ignoreIndex, allowEmpty, source: labelFile });
  return { inputs, each, labels, digests: { data: fileDigest(data), labels: fileDigest(labelFile) } };
}

/** Samples that a model which takes any number is fed at once. */
const AT_ONCE = 64;

/** What the backbone is run with. */
export interface Embedding {
  readonly runtime: Runtime;
  readonly device: Device;
  readonly scratch: Scratch;
  /** A folder in which embeddings are looked for and kept; null: they are computed. */
  readonly cache: string | null;
  /** Called before each batch; throws where the work is to stop. */
  readonly onProgress: (done: number) => void;
}

/**
 * Runs the backbone over all samples, once, and keeps their embeddings; rows with the label that is ignored are left out.
 * @throws MarginError BAD_DATA where samples or embeddings are not finite, or labels do not fit; RUNTIME_FAILED, and
 *   WRITE_FAILED where embeddings are to be kept on a disk that is full
 */
export async function embed(plan: Plan, open: OpenData, how: Embedding): Promise<LabelledRows> {
  const { each, labels, digests, inputs } = open;
  const counted = Array.from(labels.keys()).filter((row) => labels[row] !== plan.ignoreIndex);
  const rows = floatRows(plan.tail.weight.dim, how.scratch.path('embeddings'));
  const origin: Origin = {
    ...digests,
    model: plan.model.sha256(),
    embedding: plan.tail.embedding.value,
    provider: how.device.provider,
    ignoreIndex: plan.ignoreIndex,
  };
  const { cache } = how;
  if (cache === null || !readEmbeddings(cache, origin, rows, counted.length)) {
    await fill(rows, plan, open, how);
    if (cache !== null) await keepEmbeddings(cache, origin, rows);
  }
  return {
    rows,
    labels: Uint32Array.from(counted, (row) => labels[row] ?? 0),
    samples: Uint32Array.from(counted, (row) => Math.floor(row / each)),
    digests,
    notes: inputs.notes,
  };
}

/** Computes all embeddings into an empty table. */
async function fill(
  rows: FloatRows,
  plan: Plan,
  { inputs, each, labels }: OpenData,
  { runtime, device, scratch, onProgress }: Embedding,
): Promise<void> {
  const { value } = plan.tail.embedding;
  const { dim } = plan.tail.weight;
  const path = scratch.path('backbone.onnx');
  await writeModel(path, extractUpTo(plan.model, [value]));
  const session = await runtime.open({ model: path, provider: device.provider });
  const size = inputs.fixed ?? AT_ONCE;
  for (let from = 0; from < inputs.count; from += size) {
    onProgress(from);
    // A model of a fixed batch is fed the last whole one, and what was seen already is passed over.
    const start = inputs.fixed === null ? from : Math.min(from, inputs.count - size);
    const to = Math.min(start + size, inputs.count);
    const feeds = inputs.read(start, to);
    refuseOdd(feeds, start);
    const { [value]: fetched } = await session.run(feeds, [value]);
    const x = floatsOf(fetched);
    if (x.length !== (to - start) * each * dim) throw oddLabels(x.length / dim / (to - start), each);
    const places = Array.from({ length: (to - from) * each }, (_, i) => (from - start) * each + i);
    const counted = places.filter((place) => labels[start * each + place] !== plan.ignoreIndex);
    for (const place of counted) refuseOddRow(x, place, dim, start + Math.floor(place / each));
    rows.append(picked(x, counted, dim));
  }
  await session.release();
}

function floatsOf(feed: Feed | undefined): Float32Array {
  const data = feed?.data ?? [];
  return data instanceof Float32Array ? data : Float32Array.from(data as Float64Array, Number);
}

function picked(x: Float32Array, rows: readonly number[], dim: number): Float32Array {
  if (rows.length * dim === x.length) return x;
  const chosen = new Float32Array(rows.length * dim);
  for (const [place, row] of rows.entries()) chosen.set(x.subarray(row * dim, (row + 1) * dim), place * dim);
  return chosen;
}

/** Samples with elements that are no numbers. */
function refuseOdd(feeds: Feeds, from: number): void {
  for (const [name, { data, dims }] of Object.entries(feeds)) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const at = data.findIndex((x) => !Number.isFinite(x));
    if (at < 0) continue;
    const each = dims.slice(1).reduce((product, dim) => product * dim, 1);
    throw notFinite(`sample ${from + Math.floor(at / each)}`, `${data[at]} in "${name}"`, [
      'leave such samples out: x[numpy.isfinite(x).reshape(len(x), -1).all(1)]',
    ]);
  }
}

function refuseOddRow(x: Float32Array, row: number, dim: number, sample: number): void {
  for (let k = row * dim; k < (row + 1) * dim; k++) {
    if (Number.isFinite(x[k])) continue;
    throw notFinite(`the embedding of sample ${sample}`, String(x[k]), [
      'scale the inputs as the model was trained with',
      '--provider cpu',
    ]);
  }
}

function notFinite(what: string, saw: string, tryThis: readonly string[]): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: `${what[0]?.toUpperCase()}${what.slice(1)} has elements that are not finite.`,
    saw: `${what}: ${saw}`,
    expected: 'finite numbers',
    tryThis,
  });
}

function oddLabels(rows: number, each: number): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: 'The labels do not fit what the model classifies.',
    saw: `${each} labels for the ${rows} embeddings of a sample`,
    expected: 'a label for each sample, or for each token where tokens are classified',
    tryThis: ['--labels with one label for each embedding'],
  });
}
