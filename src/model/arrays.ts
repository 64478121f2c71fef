import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { unzipSync } from 'fflate';
import { parse } from 'npyjs';
import { MarginError } from '../errors.ts';
import type { Element } from './elements.ts';
import type { NumberArray } from './number-array.ts';

/** An array as NumPy saved it: elements in row-major order. */
export interface SavedArray {
  /** For people: the file, and the name inside a .npz. */
  readonly source: string;
  readonly element: Element;
  readonly dims: readonly number[];
  readonly data: NumberArray;
}

const ELEMENTS: Readonly<Record<string, Element>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/**
 * The arrays in a file, by name: those of a .npz by the names they were saved under, that of a .npy as `''`.
 * @throws MarginError BAD_DATA where the file is not there, is not one, or holds what tensors cannot
 */
export function readArrays(path: string): ReadonlyMap<string, SavedArray> {
  const bytes = readBytes(path);
  // A .npz is a zip archive, whose files begin with these letters.
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return new Map([['', arrayIn(bytes, path)]]);
  const entries = Object.entries(unzipped(bytes, path)).filter(([name]) => name.endsWith('.npy'));
  return new Map(
    entries.map(([name, content]) => [
      name.replace(/\.npy$/, ''),
      arrayIn(content, `${path}: ${basename(name, '.npy')}`),
    ]),
  );
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw badArray(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unzipped(bytes: Uint8Array, path: string): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes);
  } catch (cause) {
    throw badArray(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function arrayIn(bytes: Uint8Array, source: string): SavedArray {
  const { dtype, shape, data, fortranOrder } = parsed(bytes, source);
  const element = ELEMENTS[dtype];
  if (element === undefined) throw badArray(source, `elements of the type ${dtype}`);
  if (fortranOrder && shape.length > 1) throw badArray(source, 'an array in Fortran order');
  const count = shape.reduce((product, dim) => product * dim, 1);
  const found = (data as Float32Array).length;
  if (found !== count) throw badArray(source, `${found} elements for a shape of [${shape.join(', ')}]`);
  const numbers = Array.isArray(data) ? Uint8Array.from(data, Number) : (data as NumberArray);
  return { source, element, dims: shape, data: numbers };
}

function parsed(bytes: Uint8Array, source: string) {
  try {
    // A buffer of its own: what Node reads may be a part of a larger one.
    return parse(new Uint8Array(bytes).buffer);
  } catch (cause) {
    throw badArray(source, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function badArray(source: string, saw: string, cause?: unknown): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: `${source} cannot be read as an array.`,
    saw,
    expected: 'a .npy or .npz file of numbers in C order, as numpy.save and numpy.savez write them',
    tryThis: ["numpy.save('x.npy', numpy.ascontiguousarray(x))"],
    cause,
  });
}
