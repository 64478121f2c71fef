import { existsSync, linkSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMarginError } from '../errors.ts';
import { recover } from './journal.ts';
import { abandonedBeside, attempt, nameBeside, taken } from './names.ts';
import type { Payload } from './proto.ts';
import { putInPlace } from './put-in-place.ts';
import { outputExists, writeFailed } from './write-failed.ts';
import { type Writing, writeOut } from './write-out.ts';

/** A file to be written: the parts of its content, one after another. */
export interface Draft {
  readonly path: string;
  readonly parts: readonly Payload[];
  /**
   * A file that has this very content: the new one becomes a second name of it, where the disk can do that. Somebody who
   * puts the same into its place meanwhile does no harm.
   */
  readonly sameAs?: string;
}

export interface WriteOptions {
  /** Whether files that exist may be overwritten; by default not. */
  readonly force?: boolean;
  /** Ends the writing: nothing is left, and its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** A file that is complete under another name in its folder. */
export interface StagedFile {
  readonly path: string;
  readonly staged: string;
  /** Whether it is a second name of a file that was there. */
  readonly linked: boolean;
  /** Whether the place may hold the same already. */
  readonly mayBeThere: boolean;
}

/** Files that are complete but not in their places yet. */
export interface Staged {
  readonly files: readonly StagedFile[];
  /** Moves all into place in order, those of others behind them, or none. @throws MarginError OUTPUT_EXISTS, WRITE_FAILED */
  commit(others?: readonly StagedFile[]): Promise<void>;
  /** Takes all away again; once they are in place it does nothing. */
  discard(): Promise<void>;
}

/**
 * Writes files beside their places. An error leaves nothing. While one is written, those before it are made to last.
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED
 */
export async function stage(
  drafts: readonly Draft[],
  { force = false, signal }: WriteOptions,
): Promise<Staged> {
  signal?.throwIfAborted();
  for (const { path } of drafts) cleanUp(path);
  if (!force) for (const { path, sameAs } of drafts) if (sameAs === undefined) refuseExisting(path);
  const files: StagedFile[] = [];
  const takeAway = () => {
    for (const { staged } of files.splice(0)) rmSync(staged, { force: true });
  };
  const writings: { readonly path: string; readonly writing: Writing }[] = [];
  const ended = (how: 'complete' | 'as it is') =>
    Promise.allSettled(writings.map(({ path, writing }) => writing.end(how).catch(failing(path, signal))));
  try {
    for (const { path, parts, sameAs } of drafts) {
      const known = sameAs !== undefined;
      const file = { path, staged: nameBeside(path), linked: known, mayBeThere: known };
      if (sameAs !== undefined && isLinked(sameAs, file.staged)) files.push(file);
      else {
        const opened = () => void files.push({ ...file, linked: false });
        const how = { opened, signal, lasting: true };
        const writing = await writeOut(file.staged, parts, how).catch(failing(path, signal));
        writings.push({ path, writing });
      }
    }
  } catch (error) {
    await ended('as it is');
    takeAway();
    throw error;
  }
  const failed = (await ended('complete')).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') {
    takeAway();
    throw failed.reason;
  }
  const commit = async (others: readonly StagedFile[] = []) => {
    try {
      putInPlace([...files, ...others], force);
    } finally {
      takeAway();
    }
  };
  return { files: [...files], commit, discard: async () => takeAway() };
}

/**
 * Writes files straight into their places, one after another: for a folder that nobody else looks into, and that goes soon.
 * @throws MarginError WRITE_FAILED
 */
export async function put(drafts: readonly Draft[]): Promise<void> {
  for (const { path, parts, sameAs } of drafts) {
    if (sameAs !== undefined && isLinked(sameAs, path)) continue;
    const writing = await writeOut(path, parts, { lasting: false }).catch(failing(path));
    await writing.end('complete').catch(failing(path));
  }
}

/** Gives a file a second name; false where the disk, or its owner, does not let us. */
function isLinked(path: string, name: string): boolean {
  try {
    linkSync(path, name);
    return true;
  } catch {
    return false;
  }
}

/** What was left by processes that were killed, there and beside, is taken back. */
function cleanUp(path: string): void {
  attempt(path, () => {
    if (!existsSync(dirname(path))) return;
    recover(dirname(path));
    // Without a journal, what was kept aside has been replaced for good.
    for (const left of [...abandonedBeside(path, 'tmp'), ...abandonedBeside(path, 'old')])
      rmSync(left, { force: true });
  });
}

function refuseExisting(path: string): void {
  if (attempt(path, () => taken(path))) throw outputExists(path);
}

/** What an error of the system is told as. */
const failing =
  (path: string, signal?: AbortSignal) =>
  (error: unknown): never => {
    signal?.throwIfAborted();
    throw isMarginError(error) ? error : writeFailed(path, error);
  };
