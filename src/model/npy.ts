import type { Element } from './elements.ts';
import { fromHalf } from './half.ts';
import type { NumberArray } from './number-array.ts';
import type { Payload } from './proto.ts';
import { bytesPayload } from './source.ts';

/*
 * NumPy's .npy: a magic word, a version, a Python dictionary as text, and the elements behind it.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

/** How an element type is stored. */
interface Stored {
  readonly element: Element;
  readonly size: number;
  readonly from: (bytes: Uint8Array<ArrayBuffer>) => NumberArray;
}

const typed =
  <T>(Numbers: new (buffer: ArrayBuffer, offset: number, length: number) => T, size: number) =>
  ({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>) =>
    new Numbers(buffer, byteOffset, byteLength / size);

const STORED: Readonly<Record<string, Stored>> = {
  f2: {
    element: 'float16',
    size: 2,
    from: (bytes) => Float32Array.from(typed(Uint16Array, 2)(bytes), fromHalf),
  },
  f4: { element: 'float32', size: 4, from: typed(Float32Array, 4) },
  f8: { element: 'float64', size: 8, from: typed(Float64Array, 8) },
  i1: { element: 'int8', size: 1, from: typed(Int8Array, 1) },
  i2: { element: 'int16', size: 2, from: typed(Int16Array, 2) },
  i4: { element: 'int32', size: 4, from: typed(Int32Array, 4) },
  i8: { element: 'int64', size: 8, from: typed(BigInt64Array, 8) },
  u1: { element: 'uint8', size: 1, from: typed(Uint8Array, 1) },
  u2: { element: 'uint16', size: 2, from: typed(Uint16Array, 2) },
  u4: { element: 'uint32', size: 4, from: typed(Uint32Array, 4) },
  u8: { element: 'uint64', size: 8, from: typed(BigUint64Array, 8) },
  b1: { element: 'bool', size: 1, from: typed(Uint8Array, 1) },
};

/** What the beginning of such a file says. */
export interface NpyHeader {
  readonly element: Element;
  readonly dims: readonly number[];
  /** Bytes of one element. */
  readonly size: number;
  /** Where the elements begin. */
  readonly start: number;
  /** Their number. */
  readonly count: number;
}

/** No header is longer, but for arrays of thousands of named fields, which are no tensors. */
export const MOST_HEADER = 1 << 16;

/** Reads a header from the first bytes of a file of `length` bytes; a text says why it cannot be one. */
export function readNpyHeader(bytes: Uint8Array, length: number): NpyHeader | string {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (!magic.every((byte, i) => bytes[i] === byte)) return 'something else';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lead = bytes[6] === 1 ? 10 : 12;
  if (bytes.length < lead) return 'a header that is cut off';
  const start = lead + (lead === 10 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) return 'a header that is cut off';
  const header = facts(new TextDecoder('latin1').decode(bytes.subarray(lead, start)));
  if (typeof header === 'string') return header;
  const { stored, dims } = header;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const found = (length - start) / stored.size;
  if (found !== count) return `${Math.max(0, found)} elements for a shape of [${dims.join(', ')}]`;
  return { element: stored.element, dims, size: stored.size, start, count };
}

function facts(text: string): { readonly stored: Stored; readonly dims: readonly number[] } | string {
  const [, order = '', type = 'an unknown type'] = /'descr'\s*:\s*'([<>=|]?)([^']*)'/.exec(text) ?? [];
  const stored = Object.hasOwn(STORED, type) ? STORED[type] : undefined;
  if (stored === undefined) return `elements of the type ${type}`;
  if (order === '>' && stored.size > 1) return `elements of the type >${type}, in big-endian order`;
  const [, shape] = /'shape'\s*:\s*\(([^)]*)\)/.exec(text) ?? [];
  const words = shape?.split(',').flatMap((word) => word.trim() || []);
  if (words === undefined || words.some((word) => !/^\d+$/.test(word))) return 'no shape';
  const dims = words.map(Number);
  if (/'fortran_order'\s*:\s*True/.test(text) && dims.length > 1) return 'an array in Fortran order';
  return { stored, dims };
}

/** Elements from their bytes, which are nobody else's. float16 is widened to float32. */
export function npyElements({ element, size }: NpyHeader, bytes: Uint8Array): NumberArray {
  const stored = Object.values(STORED).find((each) => each.element === element);
  if (stored === undefined) throw new Error(`${element} lies in no .npy`);
  // Elements must begin at a multiple of their size in the buffer that they are a view of.
  const own = bytes.byteOffset % size === 0 && bytes.buffer instanceof ArrayBuffer;
  return stored.from((own ? bytes : bytes.slice()) as Uint8Array<ArrayBuffer>);
}

/** An array of float32 as the parts of such a file, version 1.0. */
export function npyParts(dims: readonly number[], data: Float32Array | Payload): readonly Payload[] {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  // Magic word, version, length and text together are a multiple of 64 bytes, and end in a newline.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11, ' ')}\n`;
  const head = new Uint8Array(10 + padded.length);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 0xff, padded.length >> 8]);
  head.set(new TextEncoder().encode(padded), 10);
  const elements =
    data instanceof Float32Array
      ? bytesPayload(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      : data;
  return [bytesPayload(head), elements];
}
