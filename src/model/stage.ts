import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isMarginError } from '../errors.ts';
import type { Payload } from './proto.ts';
import { CHUNK } from './source.ts';
import { outputExists, writeFailed } from './write-failed.ts';

/** A file to be written: the parts of its content, one after another. */
export interface Draft {
  readonly path: string;
  readonly parts: readonly Payload[];
}

/** Whether files that exist may be overwritten; by default not. */
export interface WriteOptions {
  readonly force?: boolean;
}

/** A file that is complete under another name in its folder. */
export interface StagedFile {
  readonly path: string;
  readonly staged: string;
}

/** Files that are complete but not in their places yet. */
export interface Staged {
  readonly files: readonly StagedFile[];
  /** Moves all into place, or none. @throws MarginError OUTPUT_EXISTS, WRITE_FAILED */
  commit(): Promise<void>;
  /** Takes all away again; once they are in place it does nothing. */
  discard(): Promise<void>;
}

/**
 * Writes files beside their places. An error leaves nothing. While one is written, those before it are made to last.
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED
 */
export async function stage(drafts: readonly Draft[], { force = false }: WriteOptions): Promise<Staged> {
  if (!force) for (const { path } of drafts) refuseExisting(path);
  const files: StagedFile[] = [];
  const takeAway = () => {
    for (const { staged } of files.splice(0)) rmSync(staged, { force: true });
  };
  const lasting: Promise<void>[] = [];
  try {
    for (const draft of drafts) {
      const file = { path: draft.path, staged: nameBeside(draft.path) };
      const fd = attempt(draft.path, () => writeOut(file.staged, draft.parts, () => files.push(file)));
      lasting.push(madeToLast(draft.path, fd));
    }
    await Promise.all(lasting);
  } catch (error) {
    await Promise.allSettled(lasting);
    takeAway();
    throw error;
  }
  const commit = async () => {
    try {
      moveAll(files, force);
      files.length = 0;
    } finally {
      takeAway();
    }
  };
  return { files: [...files], commit, discard: async () => takeAway() };
}

/** Whether something has that name, be it a link to nowhere. */
export const taken = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function refuseExisting(path: string): void {
  if (attempt(path, () => taken(path))) throw outputExists(path);
}

/** A name in the folder of a path that nobody else has. */
export function nameBeside(path: string): string {
  // A name may have 255 bytes; ours must not be what makes it too long.
  const name = basename(path).slice(0, 60);
  return join(dirname(resolve(path)), `.${name}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Does work on files; errors of the system become ours. */
export function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isMarginError(error) ? error : writeFailed(path, error);
  }
}

/** Writes a file and leaves it open. */
function writeOut(path: string, parts: readonly Payload[], opened: () => void): number {
  const fd = openSync(path, 'wx');
  opened();
  try {
    for (const chunk of gathered(parts)) writeAll(fd, chunk);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Has the disk keep what was written, in a thread of its own, and closes the file. */
async function madeToLast(path: string, fd: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      fsync(fd, (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (error) {
    throw writeFailed(path, error);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done);
}

/** The bytes of all parts; small ones are put together, so that a thousand names are not a thousand writes. */
function* gathered(parts: readonly Payload[]): Generator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK);
  let filled = 0;
  for (const part of parts) {
    let rest = part.byteLength;
    for (const chunk of part.chunks()) {
      rest -= chunk.length;
      if (filled + chunk.length > CHUNK) {
        yield buffer.subarray(0, filled);
        filled = 0;
      }
      if (chunk.length >= CHUNK) yield chunk;
      else {
        buffer.set(chunk, filled);
        filled += chunk.length;
      }
    }
    if (rest !== 0) throw new Error(`a payload of ${part.byteLength} bytes gave ${part.byteLength - rest}`);
  }
  yield buffer.subarray(0, filled);
}

/** Moves files into their places; if one cannot be moved, those that had no forerunner go again. */
function moveAll(files: readonly StagedFile[], force: boolean): void {
  const fresh: string[] = [];
  try {
    for (const { path, staged } of files) {
      const replaces = force && existsSync(path);
      attempt(path, () => (force ? renameSync(staged, path) : moveToFreeName(staged, path)));
      if (!replaces) fresh.push(path);
    }
  } catch (error) {
    for (const path of fresh) rmSync(path, { force: true });
    throw error;
  }
  syncFolders(files);
}

/** A rename overwrites; a link does not, even where another process has been quicker. */
function moveToFreeName(staged: string, path: string): void {
  try {
    linkSync(staged, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || taken(path)) throw outputExists(path);
    renameSync(staged, path); // A disk without links.
    return;
  }
  unlinkSync(staged);
}

/** Makes the new names last; not every system can, and the content is safe anyway. */
function syncFolders(files: readonly StagedFile[]): void {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    try {
      const fd = openSync(folder, 'r');
      fsyncSync(fd);
      closeSync(fd);
    } catch {}
  }
}
