import { closeSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
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

/**
 * Moves files into their places in order. If one cannot be moved, those before it go again, and what they replaced comes
 * back. @throws MarginError OUTPUT_EXISTS, WRITE_FAILED
 */
export function putInPlace(files: readonly Move[], force: boolean): void {
  const undo: (() => void)[] = [];
  const backups: string[] = [];
  try {
    for (const { path, staged, mayBeThere } of files) {
      if (mayBeThere && sameContent(path, staged)) continue;
      attempt(path, () => {
        if (!force) moveToFreeName(staged, path);
        const backup = force ? keptAside(path) : null;
        if (backup !== null) backups.push(backup);
        if (force) renameSync(staged, path);
        undo.push(() => (backup === null ? rmSync(path, { force: true }) : renameSync(backup, path)));
      });
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  } finally {
    for (const backup of backups) rmSync(backup, { force: true });
  }
  syncFolders(files);
}

/** A second name for what has that path, so that it is missing at no moment; null for nothing, and for a folder. */
function keptAside(path: string): string | null {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isDirectory()) return null;
  const backup = nameBeside(path);
  try {
    linkSync(path, backup);
  } catch {
    renameSync(path, backup); // A disk without links.
  }
  return backup;
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
function syncFolders(files: readonly Move[]): void {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    try {
      const fd = openSync(folder, 'r');
      fsyncSync(fd);
      closeSync(fd);
    } catch {}
  }
}
