import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { unzipSync } from 'fflate';
import { MarginError } from '../errors.ts';
import type { Element } from './elements.ts';
import { stateOf } from './file-state.ts';
import { MOST_HEADER, type NpyHeader, npyElements, readNpyHeader } from './npy.ts';
import type { NumberArray } from './number-array.ts';

/** An array as NumPy saved it: elements in row-major order, read when somebody asks. */
export interface ArrayFile {
  /** For people: the file, and the name inside a .npz. */
  readonly source: string;
  readonly element: Element;
  readonly dims: readonly number[];
  /** The elements from one index of the first axis to another; those of a scalar are its own. @throws MarginError BAD_DATA */
  read(from: number, to: number): NumberArray;
}

/** The same, read. */
export interface SavedArray extends Omit<ArrayFile, 'read'> {
  readonly data: NumberArray;
}

/**
 * The arrays in a file, by name: those of a .npz by the names they were saved under, that of a .npy as `''`. A .npy is
 * read window by window, a .npz is unpacked whole.
 * @throws MarginError BAD_DATA where the file is not there, is not one, or holds what tensors cannot
 */
export function openArrays(path: string): ReadonlyMap<string, ArrayFile> {
  const { start, size, state } = reading(path, (fd) => {
    const stats = fstatSync(fd);
    const { size } = stats;
    if (!stats.isFile()) throw badArray(path, 'no regular file');
    return { start: filled(fd, path, 0, Math.min(size, MOST_HEADER)), size, state: stateOf(stats) };
  });
  const part = (from: number, length: number) =>
    reading(path, (fd) => {
      const bytes = filled(fd, path, from, length);
      // Looked at behind it: samples of two files must not be taken for those of one.
      if (stateOf(fstatSync(fd)) !== state)
        throw badArray(path, 'a file that was written to since it was opened');
      return bytes;
    });
  // A .npz is a zip archive, whose files begin with these letters.
  if (start[0] !== 0x50 || start[1] !== 0x4b)
    return new Map([['', arrayIn(path, readNpyHeader(start, size), part)]]);
  const entries = Object.entries(unzipped(part(0, size), path)).filter(([name]) => name.endsWith('.npy'));
  return new Map(
    entries.map(([name, content]) => {
      const header = readNpyHeader(content.subarray(0, MOST_HEADER), content.length);
      const read = (from: number, length: number) => content.slice(from, from + length);
      return [
        name.replace(/\.npy$/, ''),
        arrayIn(`${path}: ${basename(name, '.npy')}`, header, read),
      ] as const;
    }),
  );
}

/** The same with all their elements. @throws MarginError BAD_DATA */
export function readArrays(path: string): ReadonlyMap<string, SavedArray> {
  const read = ({ source, element, dims, read }: ArrayFile): SavedArray => {
    return { source, element, dims, data: read(0, dims[0] ?? 1) };
  };
  return new Map([...openArrays(path)].map(([name, array]) => [name, read(array)]));
}

function arrayIn(
  source: string,
  header: NpyHeader | string,
  read: (from: number, length: number) => Uint8Array,
): ArrayFile {
  if (typeof header === 'string') throw badArray(source, header);
  const { element, dims, size, start, count } = header;
  const row = size * dims.slice(1).reduce((product, dim) => product * dim, 1);
  return {
    source,
    element,
    dims,
    read(from, to) {
      const bytes = dims.length === 0 ? size * count : row * (to - from);
      return npyElements(header, read(start + row * from, bytes));
    },
  };
}

/** Opens a file, reads from it, and closes it: between two readings nothing is held. */
function reading<T>(path: string, read: (fd: number) => T): T {
  let fd: number;
  try {
    // Not to wait for a writer where the path is that of a pipe.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw badArray(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

function filled(fd: number, path: string, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  try {
    for (let done = 0; done < length; ) {
      const got = readSync(fd, bytes, done, length - done, from + done);
      if (got === 0) throw badArray(path, 'a file that has become shorter since it was opened');
      done += got;
    }
  } catch (cause) {
    throw cause instanceof MarginError ? cause : badArray(path, (cause as Error).message, cause);
  }
  return bytes;
}

function unzipped(bytes: Uint8Array, path: string): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes);
  } catch (cause) {
    throw badArray(path, cause instanceof Error ? cause.message : String(cause), cause);
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
