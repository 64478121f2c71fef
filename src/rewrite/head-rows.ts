import type { Payload } from '../model/proto.ts';
import { gaussianNumbers } from '../random.ts';
import type { Plan } from './plan.ts';
import { type RowBlock, rowBlocks, rowNorm } from './row-blocks.ts';

/** Of the length of a class row: enough to tell centres apart, too little to change what is classified. */
const SPREAD = 0.05;

/**
 * The rows of the head, `[C·K, D]` with centre k of class c in row c·K + k: as training has left them, or those of the
 * layer to start from. Where a class has several centres these are copies, moved a little, for equal centres would stay
 * equal. A block at a time.
 */
export function* headBlocks({ tail: { weight }, needs: { centres }, trainedRows }: Plan): Iterable<RowBlock> {
  const { classes, dim } = weight;
  if (trainedRows !== null) {
    const rows = (from = 0, to = classes * centres) => trainedRows.subarray(from * dim, to * dim);
    return yield* rowBlocks({ classes: classes * centres, dim, rows });
  }
  if (centres === 1) return yield* rowBlocks(weight);
  const next = gaussianNumbers(0);
  for (const block of rowBlocks(weight)) yield movedCopies(block, centres, next);
}

function movedCopies(block: RowBlock, centres: number, next: () => number): RowBlock {
  const { first, count, rows } = block;
  const dim = rows.length / count;
  const copies = new Float32Array(count * centres * dim);
  for (let c = 0; c < count; c++) {
    const row = rows.subarray(c * dim, (c + 1) * dim);
    const step = (SPREAD * rowNorm(block, c)) / Math.sqrt(dim);
    for (let k = 0; k < centres; k++) {
      const moved = row.map((v) => v + step * next());
      copies.set(moved, (c * centres + k) * dim);
    }
  }
  return { first: first * centres, count: count * centres, rows: copies };
}

/** All of them at once. */
export function headRows(plan: Plan): Float32Array {
  const { tail, needs } = plan;
  const all = new Float32Array(tail.weight.classes * needs.centres * tail.weight.dim);
  for (const { first, rows } of headBlocks(plan)) all.set(rows, first * tail.weight.dim);
  return all;
}

/** Their bytes, read and made while they are written. */
export function headRowsPayload(plan: Plan): Payload {
  const { tail, needs } = plan;
  return {
    byteLength: tail.weight.classes * needs.centres * tail.weight.dim * 4,
    *chunks() {
      for (const { rows } of headBlocks(plan))
        yield new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    },
  };
}
