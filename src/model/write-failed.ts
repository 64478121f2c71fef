import { MarginError } from '../errors.ts';

/** What the system's codes mean, in plain words, and what to do about them. */
const REASONS: Readonly<Record<string, readonly [what: string, tryThis: string]>> = {
  ENOSPC: ['the disk is full', 'make room, or write to another disk'],
  EDQUOT: ['the quota of this user is used up', 'make room, or write to another disk'],
  EACCES: ['the folder may not be written to', 'write to a folder of your own'],
  EPERM: ['the folder may not be written to', 'write to a folder of your own'],
  EROFS: ['the disk may only be read', 'write to another disk'],
  ENOENT: ['the folder does not exist', 'make the folder first'],
  ENOTDIR: ['a part of the path is not a folder', 'write to a folder'],
  EISDIR: ['a folder has that name', 'choose another name'],
  EFBIG: ['the file is larger than this disk allows', 'write to another disk'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter name'],
};

/** Why the system did not write, and what to do about it. */
export function reasonOf({
  code = '',
  message,
}: NodeJS.ErrnoException): readonly [what: string, tryThis: string] {
  return REASONS[code] ?? [message, 'write to another folder'];
}

/** The refusal for a file that could not be written, after everything was taken back. */
export function writeFailed(path: string, cause: unknown): MarginError {
  const { message } = cause as Error;
  const [what, tryThis] = reasonOf(cause as Error);
  return new MarginError({
    code: 'WRITE_FAILED',
    message: `${path} could not be written: ${what}; nothing was written, and what was there is as it was.`,
    saw: message,
    expected: 'a folder that can be written to, with room for the file',
    tryThis: [tryThis],
    cause,
  });
}

/** The refusal to overwrite. */
export function outputExists(path: string): MarginError {
  return new MarginError({
    code: 'OUTPUT_EXISTS',
    message: `${path} exists already; nothing was written.`,
    saw: 'a file of that name',
    expected: 'no file of that name',
    tryThis: ['say that it may be overwritten (force)', 'write to another folder'],
  });
}
