import { closeSync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Payload, Piece } from './proto.ts';
import { CHUNK, piecesOf } from './source.ts';
import { writeAll } from './write-all.ts';

/** After so many bytes others get their turn: whoever wants to cancel, and signals. */
const BREATH = 1 << 24;

/**
 * Writes a new file and leaves it open; `opened` is told as soon as it is there.
 * @throws whatever the system says, and the reason of the signal
 */
export async function writeOut(
  path: string,
  parts: readonly Payload[],
  opened: () => void,
  signal?: AbortSignal,
): Promise<number> {
  const fd = openSync(path, 'wx');
  opened();
  try {
    let since = 0;
    for (const { at, bytes } of gathered(parts)) {
      writeAll(fd, bytes, at);
      since += bytes.length;
      if (since < BREATH) continue;
      since = 0;
      await setImmediate();
      signal?.throwIfAborted();
    }
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * The bytes of all parts with their places in the file; small ones that lie side by side are put together, so that a
 * thousand names are not a thousand writes.
 */
function* gathered(parts: readonly Payload[]): Generator<Piece> {
  const buffer = new Uint8Array(CHUNK);
  let [start, from, filled] = [0, 0, 0];
  for (const part of parts) {
    let rest = part.byteLength;
    for (const { at, bytes } of piecesOf(part)) {
      rest -= bytes.length;
      if (start + at !== from + filled || filled + bytes.length > CHUNK) {
        yield { at: from, bytes: buffer.subarray(0, filled) };
        [from, filled] = [start + at, 0];
      }
      if (bytes.length >= CHUNK) {
        yield { at: from, bytes };
        from += bytes.length;
      } else {
        buffer.set(bytes, filled);
        filled += bytes.length;
      }
    }
    if (rest !== 0) throw new Error(`a payload of ${part.byteLength} bytes gave ${part.byteLength - rest}`);
    start += part.byteLength;
  }
  yield { at: from, bytes: buffer.subarray(0, filled) };
}
