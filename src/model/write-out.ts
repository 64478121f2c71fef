import { closeSync, fsync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Payload, Piece } from './proto.ts';
import { CHUNK, piecesOf } from './source.ts';
import { writeAll } from './write-all.ts';

/** After so many bytes others get their turn: whoever wants to cancel, and signals. */
const BREATH = 1 << 24;

/** A file that is open, and of which all is written but what comes late. */
export interface Writing {
  /**
   * Writes what came late, and closes the file; or closes it as it is. @throws whatever the system says, and what the late
   * parts say
   */
  end(how: 'complete' | 'as it is'): Promise<void>;
}

export interface WritingOptions {
  /** Told as soon as the file is there. */
  readonly opened?: () => void;
  readonly signal?: AbortSignal | undefined;
  /** Whether the disk must have it when it ends: it begins to while others are written. */
  readonly lasting: boolean;
}

/** Writes a new file but for what comes late. @throws whatever the system says, and the reason of the signal */
export async function writeOut(
  path: string,
  parts: readonly Payload[],
  { opened = () => {}, signal, lasting }: WritingOptions,
): Promise<Writing> {
  const fd = openSync(path, 'wx');
  opened();
  try {
    let since = 0;
    for (const { at, bytes } of gathered(placed(parts, isPrompt))) {
      writeAll(fd, bytes, at);
      since += bytes.length;
      if (since < BREATH) continue;
      since = 0;
      await setImmediate();
      signal?.throwIfAborted();
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const keep = () => (lasting ? synced(fd) : Promise.resolve());
  const kept = keep();
  kept.catch(() => {}); // Told at the end.
  return {
    async end(how) {
      try {
        await kept;
        if (how === 'as it is' || parts.every(isPrompt)) return;
        for (const { at, bytes } of gathered(placed(parts, isLate))) writeAll(fd, bytes, at);
        await keep();
      } finally {
        closeSync(fd);
      }
    },
  };
}

const isLate = ({ late = false }: Payload) => late;
const isPrompt = (part: Payload) => !isLate(part);

/** Has the disk keep what was written, in a thread of its own. */
async function synced(fd: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** The bytes of the parts asked for, with their places in the file. */
function* placed(parts: readonly Payload[], isAsked: (part: Payload) => boolean): Generator<Piece> {
  let start = 0;
  for (const part of parts) {
    if (isAsked(part)) {
      let rest = part.byteLength;
      for (const { at, bytes } of piecesOf(part)) {
        rest -= bytes.length;
        yield { at: start + at, bytes };
      }
      if (rest !== 0) throw new Error(`a payload of ${part.byteLength} bytes gave ${part.byteLength - rest}`);
    }
    start += part.byteLength;
  }
}

/** The same, small ones that lie side by side put together, so that a thousand names are not a thousand writes. */
function* gathered(pieces: Iterable<Piece>): Generator<Piece> {
  const buffer = new Uint8Array(CHUNK);
  let [from, filled] = [0, 0];
  for (const { at, bytes } of pieces) {
    if (at !== from + filled || filled + bytes.length > CHUNK) {
      yield { at: from, bytes: buffer.subarray(0, filled) };
      [from, filled] = [at, 0];
    }
    if (bytes.length >= CHUNK) {
      yield { at, bytes };
      from += bytes.length;
    } else {
      buffer.set(bytes, filled);
      filled += bytes.length;
    }
  }
  yield { at: from, bytes: buffer.subarray(0, filled) };
}
