import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isMarginError } from '../errors.ts';
import { writeFailed } from './write-failed.ts';

/** Whether something has that name, be it a link to nowhere. */
export const taken = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

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
