import { closeSync, linkSync, lstatSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { MarginError } from '../errors.ts';
import { abandonedBeside, attempt, nameBeside, taken } from './names.ts';
import { isAbandoned, ownMark } from './owner.ts';
import { writeAll } from './write-all.ts';

/*
 * While files are put into a folder, a journal of what is moved lies there: it keeps other processes out, and if this one
 * is killed, whoever comes next takes back what was begun.
 */

/** The name of the journal of a folder. */
const JOURNAL = '.onnx-margin.lock';

/** A name in the folder: a journal may come from elsewhere, and is never to lead out. */
const NAME = z.string().regex(/^[^/\\]+$/);

const STEP = z.strictObject({
  name: NAME,
  /** A second name of what was there before; free where there was nothing. */
  backup: NAME,
  /** What tells the new file from another that took its name. */
  identity: z.string(),
});

const CONTENT = z.strictObject({ mark: z.string(), steps: z.array(STEP).readonly() });

export type Step = z.infer<typeof STEP>;

/** Milliseconds to wait for another process, and between looks. */
const PATIENCE = 10_000;
const PAUSE = 20;

/** Which file has that path: changes of its name do not matter. */
export function identityOf(path: string): string {
  const { dev, ino } = lstatSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

/** Begins a journal; the answer ends it, which is the moment from which the steps count as done. @throws MarginError WRITE_FAILED */
export function beginJournal(folder: string, steps: readonly Step[]): () => void {
  const path = join(folder, JOURNAL);
  const text = JSON.stringify({ mark: ownMark(), steps });
  for (let waited = 0; !attempt(folder, () => isPut(path, text)); waited += PAUSE) {
    if (waited > PATIENCE) throw busy(path);
    recover(folder);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
  }
  return () => rmSync(path, { force: true });
}

/** Puts a file there, whole, unless there is one. */
function isPut(path: string, text: string): boolean {
  const own = nameBeside(path);
  writeNew(own, text);
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return isWritten(path, text); // A disk without links.
  } finally {
    rmSync(own, { force: true });
  }
}

function isWritten(path: string, text: string): boolean {
  try {
    writeNew(path, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Writes a file where there is none; half of one would keep everybody out for ever. */
function writeNew(path: string, text: string): void {
  const fd = openSync(path, 'wx');
  try {
    writeAll(fd, new TextEncoder().encode(text));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Takes back what a process began that was killed while it put files into a folder. */
export function recover(folder: string): void {
  const path = join(folder, JOURNAL);
  for (const left of abandonedBeside(path, 'tmp')) attempt(folder, () => rmSync(left, { force: true }));
  const found = contentOf(path);
  if (found === null || !isAbandoned(found.mark)) return;
  const claimed = nameBeside(path);
  try {
    renameSync(path, claimed);
  } catch {
    return; // Another process has been quicker.
  }
  if (contentOf(claimed)?.mark !== found.mark) return void linkSync(claimed, path);
  for (const step of found.steps.toReversed()) takeBack(folder, step);
  rmSync(claimed, { force: true });
}

function contentOf(path: string): z.infer<typeof CONTENT> | null {
  try {
    return CONTENT.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Gives a name back to what had it before: the file that was kept aside, or nothing. */
export function takeBack(folder: string, { name, backup, identity }: Step): void {
  const [path, kept] = [join(folder, name), join(folder, backup)];
  if (taken(kept)) {
    renameSync(kept, path);
    rmSync(kept, { force: true }); // Two names of one file are left as they are by a rename.
  } else if (taken(path) && identityOf(path) === identity) rmSync(path);
}

function busy(path: string): MarginError {
  return new MarginError({
    code: 'WRITE_FAILED',
    message: `Another process is putting files into the folder of ${basename(path)}; nothing was written, and what was there is as it was.`,
    saw: `${path} for more than ${PATIENCE / 1000} s`,
    expected: 'the other process to be done in a moment',
    tryThis: ['run this again', `remove ${path}, if no other process is at work on any machine`],
  });
}
