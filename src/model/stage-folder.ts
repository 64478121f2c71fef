import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addFolder, makeFolder, namesIn } from './folders.ts';
import { abandonedBeside, abandonedIn, attempt, nameBeside, taken } from './names.ts';
import { outputExists } from './write-failed.ts';

/** A folder that is filled under another name beside its place. */
export interface StagedFolder {
  /** Where to put what it shall hold. */
  readonly path: string;
  /** Moves what was put there into place, all or nothing. @throws MarginError OUTPUT_EXISTS, WRITE_FAILED */
  commit(): void;
  /** Takes everything away again; once it is in place it does nothing. */
  discard(): Promise<void>;
}

export interface StageFolderOptions {
  /** What may be replaced where it exists already. Names that the new folder lacks go as well; others stay as they are. */
  readonly replaces?: readonly string[];
}

/** Makes an empty folder beside the place of one. @throws MarginError OUTPUT_EXISTS, WRITE_FAILED */
export async function stageFolder(
  target: string,
  { replaces = [] }: StageFolderOptions = {},
): Promise<StagedFolder> {
  recoverFolder(target);
  refuseTaken(target, replaces);
  const undo: (() => Promise<void>)[] = [];
  const discard = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  await makeFolder(dirname(target), (step) => undo.push(step));
  const path = nameBeside(target);
  try {
    addFolder(path);
  } catch (error) {
    await discard();
    throw error;
  }
  undo.push(async () => removeAll(path));
  const commit = () => {
    refuseTaken(target, replaces);
    if (taken(target)) exchange(path, target, replaces);
    else attempt(target, () => renameSync(path, target));
    undo.length = 0;
  };
  return { path, commit, discard };
}

/**
 * Takes a folder away with all that is in it; none is as good as gone. At no moment does a part of it have its name.
 * What was left of it by a process that was killed meanwhile goes too. @throws MarginError WRITE_FAILED
 */
export function removeFolder(path: string): void {
  attempt(path, () => {
    for (const left of abandonedBeside(path, 'tmp')) removeAll(left);
    if (!taken(path)) return;
    const gone = nameBeside(path);
    try {
      renameSync(path, gone);
    } catch {
      removeAll(path); // A place that cannot be moved.
      return;
    }
    removeAll(gone);
  });
}

/** Takes away what processes that were killed left in a folder that nobody else uses. */
export function sweepFolder(folder: string): void {
  for (const left of abandonedIn(folder)) removeAll(left);
}

const removeAll = (path: string) => rmSync(path, { recursive: true, force: true });

/** Takes back what processes began that were killed: what they moved in goes, what they moved out comes again. */
export function recoverFolder(target: string): void {
  attempt(target, () => {
    for (const left of abandonedBeside(target, 'old')) {
      const old = claimed(left, target);
      if (old === null) continue;
      for (const name of namesIn(join(old, ADDED)) ?? []) removeAll(join(target, name));
      for (const name of namesIn(join(old, REPLACED)) ?? []) {
        removeAll(join(target, name));
        renameSync(join(old, REPLACED, name), join(target, name));
      }
      removeAll(old);
    }
    for (const left of abandonedBeside(target, 'tmp')) removeAll(left);
  });
}

/** Takes over what a killed process left; null where another process has been quicker. */
function claimed(left: string, target: string): string | null {
  const own = nameBeside(target, 'old');
  try {
    renameSync(left, own);
    return own;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Refuses a place that holds what must not be replaced. */
function refuseTaken(target: string, replaces: readonly string[]): void {
  if (!attempt(target, () => taken(target))) return;
  const names = namesIn(target);
  if (names === null || (names.length > 0 && replaces.length === 0)) throw outputExists(target);
}

/** What an exchange that is not over yet keeps aside: what it replaces, and the names that had nothing before. */
const [REPLACED, ADDED] = ['replaced', 'added'];

/**
 * Puts the entries of one folder into another and takes out those that they replace. A failure puts back what was there.
 * All at once for this process: no signal comes between. If it is killed, `recoverFolder` puts back.
 */
function exchange(from: string, target: string, replaces: readonly string[]): void {
  const [old, gone] = [nameBeside(target, 'old'), nameBeside(target)];
  const back: (() => void)[] = [];
  const move = (source: string, place: string) => {
    renameSync(source, place);
    back.push(() => renameSync(place, source));
  };
  try {
    attempt(target, () => {
      const names = readdirSync(from);
      const leaving = replaces.filter((name) => taken(join(target, name)));
      for (const folder of [old, join(old, REPLACED), join(old, ADDED)]) mkdirSync(folder);
      for (const name of names) if (!taken(join(target, name))) mkdirSync(join(old, ADDED, name));
      for (const name of leaving) move(join(target, name), join(old, REPLACED, name));
      for (const name of names) {
        if (taken(join(target, name))) throw outputExists(join(target, name));
        move(join(from, name), join(target, name));
      }
      // From here on what was there before is not to come back.
      renameSync(old, gone);
    });
  } catch (error) {
    for (const step of back.reverse()) step();
    removeAll(old);
    throw error;
  }
  for (const folder of [gone, from]) removeAll(folder);
}
