import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { attempt } from './names.ts';
import { wholeFile } from './whole-file.ts';
import { writeFailed } from './write-failed.ts';

/** Makes a folder where it is missing; undone, those that were made go again. @throws MarginError WRITE_FAILED */
export async function makeFolder(
  folder: string,
  undo: (step: () => Promise<void>) => void = () => {},
): Promise<void> {
  // Not `recursive`: Node then tries for ever where a file system refuses with ENOENT, as /proc does.
  for (const missing of missingFolders(resolve(folder))) {
    await mkdir(missing).catch((cause: unknown) => {
      throw writeFailed(folder, cause);
    });
    // Only an empty folder goes: what somebody else put there meanwhile is not ours.
    undo(() => rmdir(missing).catch(() => {}));
  }
}

/** Makes a folder in one that is there; nothing comes back by it once that one is gone. @throws MarginError WRITE_FAILED */
export function addFolder(path: string): void {
  attempt(path, () => mkdirSync(path));
}

/** The folders on the way to one that are not there, from the top. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [...missingFolders(dirname(folder)), folder];
}

/** The names in a folder in order; null where there is no such folder. */
export function namesIn(folder: string): string[] | null {
  return orNull(() => readdirSync(folder).sort());
}

/** The text of a file; null where it cannot be read. */
export function textOf(path: string): string | null {
  return orNull(() => new TextDecoder().decode(wholeFile(path)));
}

/** Whether something has that path. */
export const isThere = (path: string) => existsSync(path);

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
