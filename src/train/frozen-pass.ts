import { extractUpTo } from '../graph/extract.ts';
import { floatRows } from '../model/float-rows.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { Feed } from '../validate/wire-tensors.ts';
import { notPerSample, oddLabels, refuseOdd, refuseOddRow } from './data-refusals.ts';
import type { OpenData } from './open-data.ts';
import type { Place } from './place.ts';
import type { Table } from './samples.ts';
import { floatsOf, picked } from './tables.ts';

/** What the frozen part is run with. */
export interface Embedding extends Place {
  /** A folder in which embeddings are looked for and kept; null: they are computed. */
  readonly cache: string | null;
  /** Called before each batch; throws where the work is to stop. */
  readonly onProgress: (done: number) => void;
}

/** A value of the model that becomes a table. */
export interface Sought {
  readonly value: string;
  readonly element: Table['element'];
  /** Of the table, without an ending. */
  readonly file: string;
  /** How many rows a sample has, and of how many numbers; null: one, of as many as the model gives. */
  readonly size: { readonly each: number; readonly dim: number } | null;
  /** Of all rows those that stay, in ascending order. */
  readonly rows: Uint32Array;
}

/** Samples at once where a model takes any number. */
const AT_ONCE = 64;

/** Runs the model over all samples in turn, and makes a table of each value. */
export async function runFrozen(
  sought: readonly Sought[],
  { model, view }: Plan,
  { inputs }: OpenData,
  { runtime, device, scratch, onProgress }: Embedding,
): Promise<readonly Table[]> {
  const made = sought.map(({ value }) => value).filter((value) => view.producer(value) !== null);
  const path = scratch.path('backbone.onnx');
  const remove = await writeScratchModel(path, extractUpTo(model, made));
  // Where a model begins with its last layer the embedding is what is fed, and there is nothing to run.
  const session = made.length === 0 ? null : await runtime.open({ model: path, provider: device.provider });
  const makers = sought.map((each) => tableMaker(each, scratch));
  const size = inputs.fixed ?? AT_ONCE;
  for (let from = 0; from < inputs.count; from += size) {
    onProgress(from);
    // A model of a fixed batch is fed the last whole one, and what was seen already is passed over.
    const start = inputs.fixed === null ? from : Math.min(from, inputs.count - size);
    const to = Math.min(start + size, inputs.count);
    const feeds = inputs.read(start, to);
    refuseOdd(feeds, start);
    const values: Readonly<Record<string, Feed>> = { ...feeds, ...(await session?.run(feeds, made)) };
    for (const maker of makers) maker.add(values, start, to);
  }
  await session?.release();
  remove();
  return makers.map(({ table }) => table());
}

/** Fills the table of a value, batch by batch. */
function tableMaker({ value, element, file, size, rows: wanted }: Sought, scratch: Scratch) {
  let table: Table | null = null;
  /** How many of the wanted rows are in the table. */
  let done = 0;
  const begun = (dims: readonly number[], width: number): Table =>
    (table ??= { element, dims, rows: floatRows(width, scratch.path(file)) });
  return {
    table: () => table ?? begun([], 1),
    /** Adds what is wanted of the samples from `start` to `to`. */
    add(values: Readonly<Record<string, Feed>>, start: number, to: number) {
      const fetched = values[value];
      if (fetched === undefined) throw new Error(`nothing was made of ${value}`);
      const x = floatsOf(value, fetched);
      const { each, dims } = rowsOf(fetched.dims, x.length, to - start);
      const width = x.length / each / (to - start);
      const rows: number[] = [];
      for (; (wanted[done] ?? Infinity) < to * each; done++) rows.push((wanted[done] ?? 0) - start * each);
      for (const row of rows) refuseOddRow(x, row, width, start + Math.floor(row / each));
      begun(dims, width).rows.append(picked(x, rows, width));
    },
  };

  function rowsOf(dims: readonly number[], length: number, count: number) {
    if (size === null) {
      if (dims[0] !== count) throw notPerSample(value, dims, count);
      return { each: 1, dims: dims.slice(1) };
    }
    const { each, dim } = size;
    if (length !== count * each * dim) throw oddLabels(length / dim / count, each);
    return { each, dims: [dim] };
  }
}
