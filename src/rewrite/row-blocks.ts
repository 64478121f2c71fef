import type { Weight } from '../tail/tail.ts';

/** Class rows that are held at once: `[count, D]` row-major, the first being row `first` of all. */
export interface RowBlock {
  readonly first: number;
  readonly count: number;
  readonly rows: Float32Array;
}

/** Numbers that a block holds at most: enough to write long runs of a transposed matrix, 8 MiB. */
const MOST = 1 << 21;

/** All class rows of a layer in order, a block at a time, so that memory does not grow with W. Reads the file. */
export function* rowBlocks(weight: Pick<Weight, 'classes' | 'dim' | 'rows'>): Iterable<RowBlock> {
  const { classes, dim } = weight;
  const step = Math.max(1, Math.floor(MOST / dim));
  for (let first = 0; first < classes; first += step) {
    const to = Math.min(first + step, classes);
    yield { first, count: to - first, rows: weight.rows(first, to) };
  }
}

/** ‖w‖ of row `index` of a block, in float64: squares of float32 stay far inside its range. */
export function rowNorm({ rows, count }: RowBlock, index: number): number {
  const dim = rows.length / count;
  let sum = 0;
  for (let at = index * dim; at < (index + 1) * dim; at++) {
    const v = rows[at] ?? 0;
    sum += v * v;
  }
  return Math.sqrt(sum);
}
