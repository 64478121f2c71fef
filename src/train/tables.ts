import type { Element } from '../model/elements.ts';
import type { NumberArray } from '../model/number-array.ts';
import type { Feed } from '../validate/wire-tensors.ts';
import { inexact } from './data-refusals.ts';
import type { Table } from './samples.ts';

/** What rows of float32 are where a step takes another type. */
const CASTS: Partial<Record<Element, (data: Float32Array) => NumberArray>> = {
  float64: (data) => Float64Array.from(data),
  int64: (data) => BigInt64Array.from(data, BigInt),
  uint64: (data) => BigUint64Array.from(data, BigInt),
  int32: (data) => Int32Array.from(data),
  uint32: (data) => Uint32Array.from(data),
  int16: (data) => Int16Array.from(data),
  uint16: (data) => Uint16Array.from(data),
  int8: (data) => Int8Array.from(data),
  uint8: (data) => Uint8Array.from(data),
  bool: (data) => Uint8Array.from(data),
};

/** Rows of tables as a step takes them. */
export function fedAt(tables: Readonly<Record<string, Table>>, places: Uint32Array): Record<string, Feed> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { element, dims, rows }]) => {
      const data = rows.gather(places);
      return [name, { element, dims: [places.length, ...dims], data: CASTS[element]?.(data) ?? data }];
    }),
  );
}

/** What a run gave as the float32 that tables hold; floats are rounded. @throws MarginError UNSUPPORTED_MODEL for an integer that is none */
export function floatsOf(name: string, { element, data }: Feed): Float32Array {
  if (data instanceof Float32Array) return data;
  const floats = Float32Array.from(data as Float64Array, Number);
  if (element.includes('float')) return floats;
  const odd = floats.findIndex((x, i) => BigInt(x) !== BigInt(data[i] ?? 0));
  if (odd >= 0) throw inexact(name, Number(data[odd]));
  return floats;
}

/** Rows of a matrix, one behind the other. */
export function picked(x: Float32Array, rows: readonly number[], width: number): Float32Array {
  if (rows.length * width === x.length) return x;
  const chosen = new Float32Array(rows.length * width);
  for (const [place, row] of rows.entries())
    chosen.set(x.subarray(row * width, (row + 1) * width), place * width);
  return chosen;
}
