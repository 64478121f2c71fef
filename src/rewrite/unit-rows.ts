import type { Payload, Piece } from '../model/proto.ts';
import { headBlocks } from './head-rows.ts';
import type { Plan } from './plan.ts';
import { type RowBlock, rowNorm } from './row-blocks.ts';

/** ‖w_j‖ of the head's rows in float32, `[C·K]`. */
export function headNorms(plan: Plan): Float32Array {
  const { tail, needs } = plan;
  const norms = new Float32Array(tail.weight.classes * needs.centres);
  for (const block of headBlocks(plan))
    for (let j = 0; j < block.count; j++) norms[block.first + j] = rowNorm(block, j);
  return norms;
}

/** How much of Ŵ is held where its bytes must come in order, at most. */
const BAND = 1 << 26;

/** Rows that are spread at once: what one of them leaves in the cache serves the next. */
const TILE = 16;

/**
 * Ŵ transposed, row-major `[D, C·K]`, as a matrix product from the right takes it: the head's rows at length 1,
 * normalised in float64 and rounded once; a zero row stays zero.
 *
 * It is made while it is written, so that memory does not grow with W. As pieces, W is read once: each block of rows
 * becomes a part of every row of the result. In order, W is read once for each band of `band` bytes of the result.
 */
export function unitColumns(plan: Plan, band = BAND): Payload {
  const { tail, needs } = plan;
  const { classes, dim } = tail.weight;
  const count = classes * needs.centres;
  const pieces = function* (): Iterable<Piece> {
    for (const block of headBlocks(plan)) {
      const columns = bytesOf(unitBlock(block, dim, 0, dim));
      const run = block.count * 4;
      for (let k = 0; k < dim; k++)
        yield { at: (k * count + block.first) * 4, bytes: columns.subarray(k * run, (k + 1) * run) };
    }
  };
  const chunks = function* (): Iterable<Uint8Array> {
    const height = Math.max(1, Math.floor(band / (4 * count)));
    for (let from = 0; from < dim; from += height) {
      const to = Math.min(from + height, dim);
      const part = new Float32Array((to - from) * count);
      for (const block of headBlocks(plan)) {
        const columns = unitBlock(block, dim, from, to);
        for (let k = 0; k < to - from; k++)
          part.set(columns.subarray(k * block.count, (k + 1) * block.count), k * count + block.first);
      }
      yield bytesOf(part);
    }
  };
  return { byteLength: dim * count * 4, chunks, pieces };
}

/** Coordinates `from` to before `to` of a block's rows at length 1, transposed: `[to − from, count]`. */
function unitBlock(block: RowBlock, dim: number, from: number, to: number): Float32Array {
  const { rows, count } = block;
  const columns = new Float32Array((to - from) * count);
  const norms = Float64Array.from({ length: count }, (_, j) => rowNorm(block, j));
  for (let first = 0; first < count; first += TILE) {
    const last = Math.min(first + TILE, count);
    for (let k = from; k < to; k++) {
      for (let j = first; j < last; j++) {
        const norm = norms[j] ?? 0;
        if (norm > 0) columns[(k - from) * count + j] = (rows[j * dim + k] ?? 0) / norm;
      }
    }
  }
  return columns;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);
