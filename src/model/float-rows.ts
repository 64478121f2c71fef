import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { attempt } from './names.ts';
import type { Payload } from './proto.ts';
import { CHUNK } from './source.ts';
import { writeAll } from './write-all.ts';

/** A table of float32, built row by row and then read in any order. */
export interface FloatRows {
  readonly width: number;
  readonly count: number;
  /** Adds whole rows at the end. @throws MarginError WRITE_FAILED where they go to a disk that is full */
  append(rows: Float32Array): void;
  /** The rows at these indices, one behind the other. */
  gather(indices: ArrayLike<number>): Float32Array;
  /** All rows as bytes, read when somebody asks. */
  payload(): Payload;
  /** Gives up what it holds. */
  close(): void;
}

/** Tables beyond this lie in a file: half of what V8 may use by itself is left alone. */
export const MOST_IN_MEMORY = 2 ** 30;

/**
 * An empty table. It lies in memory until it is larger than `most` bytes, and then in a file at `path`, which nobody else
 * may have and which goes with it.
 */
export function floatRows(width: number, path: string, most = MOST_IN_MEMORY): FloatRows {
  const rowBytes = width * Float32Array.BYTES_PER_ELEMENT;
  const parts: Float32Array[] = [];
  /** At which row each part begins. */
  const starts: number[] = [];
  let count = 0;
  let fd: number | null = null;
  const write = (file: number, rows: Float32Array) => {
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    attempt(path, () => writeAll(file, bytes));
  };
  const spill = () => {
    const file = attempt(path, () => openSync(path, 'wx+'));
    fd = file;
    for (const part of parts.splice(0)) write(file, part);
  };
  const copyRow = (index: number, into: Float32Array, place: number) => {
    if (fd !== null) {
      const bytes = new Uint8Array(into.buffer, place * rowBytes, rowBytes);
      for (let done = 0; done < rowBytes; )
        done += readSync(fd, bytes, done, rowBytes - done, index * rowBytes + done);
      return;
    }
    const part = partOf(starts, index);
    const at = index - (starts[part] ?? 0);
    into.set(parts[part]?.subarray(at * width, (at + 1) * width) ?? [], place * width);
  };
  const gather = (indices: ArrayLike<number>) => {
    const into = new Float32Array(indices.length * width);
    for (let place = 0; place < indices.length; place++) {
      const index = indices[place] ?? -1;
      if (index < 0 || index >= count) throw new Error(`there is no row ${index} of ${count}`);
      copyRow(index, into, place);
    }
    return into;
  };
  function* chunks(): Generator<Uint8Array> {
    const some = Math.max(1, Math.floor(CHUNK / rowBytes));
    for (let from = 0; from < count; from += some) {
      const rows = gather(Array.from({ length: Math.min(some, count - from) }, (_, i) => from + i));
      yield new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    }
  }
  return {
    width,
    get count() {
      return count;
    },
    gather,
    payload: () => ({ byteLength: count * rowBytes, chunks }),
    append(rows) {
      if (rows.length % width !== 0) throw new Error(`${rows.length} numbers are no rows of ${width}`);
      if (rows.length === 0) return;
      if (fd === null && count * rowBytes + rows.byteLength > most) spill();
      if (fd !== null) write(fd, rows);
      else {
        starts.push(count);
        parts.push(rows);
      }
      count += rows.length / width;
    },
    close() {
      parts.length = 0;
      if (fd === null) return;
      closeSync(fd);
      rmSync(path, { force: true });
      fd = null;
    },
  };
}

/** The last part that begins at or before a row. */
function partOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle;
  }
  return low;
}
