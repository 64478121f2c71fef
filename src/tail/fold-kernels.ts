import type { Tensor } from '../expr/kernels.ts';
import { sizeOf } from '../expr/kernels.ts';
import { sliceSpan } from '../graph/slice.ts';

/** The slices of `a` along an axis, in the order of `indices`. */
export function takeAlong(a: Tensor, axis: number, indices: readonly number[]): Tensor {
  const own = a.shape[axis] ?? 1;
  const inner = sizeOf(a.shape.slice(axis + 1));
  const outer = sizeOf(a.shape.slice(0, axis));
  const shape = a.shape.map((dim, each) => (each === axis ? indices.length : dim));
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let i = 0; i < outer; i++) {
    for (const index of indices) {
      const from = (i * own + (index < 0 ? index + own : index)) * inner;
      data.set(a.data.subarray(from, from + inner), at);
      at += inner;
    }
  }
  return { shape, data };
}

/** Tensors one after another along an axis. */
export function concatTensors(parts: readonly Tensor[], axis: number): Tensor {
  const [first = { shape: [], data: new Float64Array() }] = parts;
  const total = parts.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  const shape = first.shape.map((dim, each) => (each === axis ? total : dim));
  const data = new Float64Array(sizeOf(shape));
  const rows = parts.map((part) => sizeOf(part.shape.slice(axis)));
  let at = 0;
  for (let i = 0; i < sizeOf(shape.slice(0, axis)); i++) {
    for (const [each, part] of parts.entries()) {
      const size = rows[each] ?? 0;
      data.set(part.data.subarray(i * size, (i + 1) * size), at);
      at += size;
    }
  }
  return { shape, data };
}

/** The indices that ONNX Slice takes of an axis. */
export function sliceIndices(size: number, start: number, end: number, step: number): number[] {
  const { from, count } = sliceSpan(size, start, end, step);
  return Array.from({ length: count }, (_, i) => from + i * step);
}
