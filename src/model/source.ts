import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MarginError } from '../errors.ts';
import { stateOf } from './file-state.ts';
import type { Payload, Piece } from './proto.ts';
import { unreadable } from './unreadable.ts';

/** Where bytes lie that are read when they are needed: a file, or a buffer. */
export interface Source {
  /** For people: a path, or what else it is. */
  readonly name: string;
  readonly size: number;
  /** Whether its bytes take waiting for. */
  readonly late?: boolean;
  /** Opens it for reading; whoever opens it closes it. @throws MarginError where the file is not the one it was */
  open(): Reading;
}

export interface Reading {
  /** Fills a buffer from `offset` on; the bytes may be a view that must not be written to. */
  read(offset: number, length: number): Uint8Array;
  /** The same, into a buffer of the reading's own that the next call uses again. */
  readShared(offset: number, length: number): Uint8Array;
  /** @throws MarginError where the file was written to since it was opened */
  close(): void;
}

/** A part of a source. */
export interface Span extends Payload {
  readonly source: Source;
  readonly offset: number;
}

/** How much is read and written at once: what stays in the cache of a core between the two. */
export const CHUNK = 1 << 18;

/** A part of a source, as bytes that are read when somebody asks. */
export function spanOf(source: Source, offset: number, byteLength: number): Span {
  const { late = false } = source;
  return { source, offset, byteLength, late, chunks: () => chunksOf(source, offset, byteLength) };
}

function* chunksOf(source: Source, offset: number, byteLength: number): Iterable<Uint8Array> {
  if (byteLength === 0) return;
  const reading = source.open();
  try {
    for (let at = 0; at < byteLength; at += CHUNK)
      yield reading.readShared(offset + at, Math.min(CHUNK, byteLength - at));
  } finally {
    reading.close();
  }
}

/** All bytes of some payloads in one array, which is nobody else's. */
export function bytesOf(parts: readonly Payload[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    for (const piece of piecesOf(part)) bytes.set(piece.bytes, at + piece.at);
    at += part.byteLength;
  }
  return bytes;
}

/** The bytes of a payload in the order that is cheapest to make, each with its place. */
export function* piecesOf(payload: Payload): Iterable<Piece> {
  if (payload.pieces !== undefined) return yield* payload.pieces();
  let at = 0;
  for (const bytes of payload.chunks()) {
    yield { at, bytes };
    at += bytes.length;
  }
}

/** Runs of bytes of equal length, `stride` apart. */
export interface Runs {
  readonly first: number;
  readonly length: number;
  readonly stride: number;
  readonly count: number;
}

/** Some bytes of a payload, one run behind the other. Of a file only these are read. */
export function runsOf(payload: Payload, { first, length, stride, count }: Runs): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length * count);
  if (!isSpan(payload)) {
    const whole = bytesOf([payload]);
    for (let i = 0; i < count; i++) {
      const from = first + i * stride;
      bytes.set(whole.subarray(from, from + length), i * length);
    }
    return bytes;
  }
  const reading = payload.source.open();
  try {
    for (let i = 0; i < count; i++) {
      for (let at = 0; at < length; at += CHUNK) {
        const offset = payload.offset + first + i * stride + at;
        bytes.set(reading.readShared(offset, Math.min(CHUNK, length - at)), i * length + at);
      }
    }
  } finally {
    reading.close();
  }
  return bytes;
}

export const isSpan = (payload: Payload): payload is Span => 'source' in payload;

/** Bytes in memory. They are not copied, and must not change. */
export function bytesSource(bytes: Uint8Array, name = 'the given bytes'): Source {
  const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  const reading: Reading = { read, readShared: read, close: () => {} };
  return { name, size: bytes.length, open: () => reading };
}

/** Bytes in memory, as a payload. */
export function bytesPayload(bytes: Uint8Array): Payload {
  return { byteLength: bytes.length, chunks: () => [bytes] };
}

/** A file. It is not kept open: whoever reads it later must find the same one. @throws MarginError UNREADABLE_MODEL */
export function fileSource(path: string): Source {
  const fd = openFile(path);
  const stats = fstatSync(fd);
  closeSync(fd);
  if (stats.isDirectory()) throw unreadable(path, 'a folder');
  if (!stats.isFile()) throw unreadable(path, 'something that is not a regular file');
  const state = stateOf(stats);
  return { name: path, size: stats.size, open: () => openSame(path, state) };
}

function openSame(path: string, state: string): Reading {
  const fd = openFile(path);
  const isSame = () => stateOf(fstatSync(fd)) === state;
  if (!isSame()) {
    closeSync(fd);
    throw changed(path);
  }
  let shared = new Uint8Array(0);
  return {
    read: (offset, length) => fill(fd, path, new Uint8Array(length), offset),
    readShared(offset, length) {
      if (shared.length < length) shared = new Uint8Array(length);
      return fill(fd, path, shared.subarray(0, length), offset);
    },
    close() {
      // Once more: what was read is of one version only if nobody has written meanwhile.
      const same = isSame();
      closeSync(fd);
      if (!same) throw changed(path);
    },
  };
}

function openFile(path: string): number {
  try {
    // Not to wait for a writer where the path is that of a pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw unreadable(path, 'no such file', cause);
    throw unreadable(path, (cause as Error).message, cause);
  }
}

function fill(fd: number, path: string, into: Uint8Array, offset: number): Uint8Array {
  let done = 0;
  while (done < into.length) {
    const got = readSync(fd, into, done, into.length - done, offset + done);
    if (got === 0) throw changed(path);
    done += got;
  }
  return into;
}

function changed(path: string): MarginError {
  return new MarginError({
    code: 'UNREADABLE_MODEL',
    message: `${path} has changed since it was read.`,
    saw: 'a file of another size, time or place on the disk',
    expected: 'the same file until the work is done',
    tryThis: ['read the model again'],
  });
}
