import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { beginJournal, identityOf, type Step, takeBack } from './journal.ts';
import { attempt, nameBeside, taken } from './names.ts';
import { sameContent } from './same-content.ts';
import { outputExists } from './write-failed.ts';

/** A file that is complete under another name, and its place. */
interface Move {
  readonly path: string;
  readonly staged: string;
  /** Whether the place may hold the same already, which then stays. */
  readonly mayBeThere: boolean;
}

interface Placing extends Move, Step {
  readonly folder: string;
}

/**
 * Moves files into their places in order, without a pause. If one cannot be moved, or the process is killed, those before
 * it go again, and what they replaced comes back; no other process puts files there meanwhile.
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED
 */
export function putInPlace(files: readonly Move[], force: boolean): void {
  const placings = files.filter((move) => !isThere(move)).map(placingOf);
  const folders = [...new Set(placings.map(({ folder }) => folder))].sort();
  const journals: (() => void)[] = [];
  const done: Placing[] = [];
  try {
    for (const folder of folders) {
      const steps = placings.filter((each) => each.folder === folder).map(stepOf);
      journals.push(beginJournal(folder, steps));
    }
    for (const placing of placings) {
      // Another process may have been quicker with the same weights.
      if (isThere(placing)) continue;
      done.push(placing);
      attempt(placing.path, () => place(placing, force));
    }
    for (const end of journals) end();
    journals.length = 0;
  } catch (error) {
    for (const { folder, ...step } of done.reverse()) takeBack(folder, step);
    throw error;
  } finally {
    for (const end of journals) end();
  }
  for (const { folder, backup } of placings) rmSync(join(folder, backup), { force: true });
  syncFolders(folders);
}

const isThere = ({ path, staged, mayBeThere }: Move) => mayBeThere && sameContent(path, staged);

function placingOf(move: Move): Placing {
  const { path, staged } = move;
  const folder = resolve(dirname(path));
  const identity = attempt(path, () => identityOf(staged));
  return { ...move, folder, name: basename(path), backup: basename(nameBeside(path, 'old')), identity };
}

const stepOf = ({ name, backup, identity }: Placing): Step => ({ name, backup, identity });

function place({ path, staged, folder, backup }: Placing, force: boolean): void {
  if (force) {
    keepAside(path, join(folder, backup));
    renameSync(staged, path);
  } else moveToFreeName(staged, path);
}

/** A second name for what has that path, so that it is missing at no moment; none for a folder. */
function keepAside(path: string, backup: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isDirectory()) return;
  try {
    linkSync(path, backup);
  } catch {
    renameSync(path, backup); // A disk without links.
  }
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
function syncFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      const fd = openSync(folder, 'r');
      fsyncSync(fd);
      closeSync(fd);
    } catch {}
  }
}
