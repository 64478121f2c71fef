import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isMarginError } from '../errors.ts';
import { isAbandoned, ownMark } from './owner.ts';
import { writeFailed } from './write-failed.ts';

/** Whether something has that name, be it a link to nowhere. */
export const taken = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** A name in the folder of a path that nobody else has: for what is not ready yet (`tmp`), or was there before (`old`). */
export function nameBeside(path: string, ending: 'tmp' | 'old' = 'tmp'): string {
  return join(dirname(resolve(path)), `.${shortOf(path)}.${ownMark()}.${ending}`);
}

/** A name may have 255 bytes; what we add must not be what makes it too long. */
const shortOf = (path: string) => [...basename(path)].slice(0, 40).join('');

/** Names that processes that were killed gave to something beside a path, with that ending. */
export function abandonedBeside(path: string, ending: 'tmp' | 'old'): string[] {
  const folder = dirname(resolve(path));
  const [start, end] = [`.${shortOf(path)}.`, `.${ending}`];
  return listed(folder)
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .filter((name) => isAbandoned(name.slice(start.length, -end.length)))
    .map((name) => join(folder, name));
}

/** Whatever processes that were killed left in a folder. */
export function abandonedIn(folder: string): string[] {
  const markOf = (name: string) => /^\..+\.(\w+)\.(?:tmp|old)$/.exec(name)?.[1] ?? '';
  return listed(folder)
    .filter((name) => isAbandoned(markOf(name)))
    .map((name) => join(folder, name));
}

/** What is in a folder; in a place that is none, or cannot be looked at, nothing is found: who writes there says why. */
function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Does work on files; errors of the system become ours. */
export function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isMarginError(error) ? error : writeFailed(path, error);
  }
}
