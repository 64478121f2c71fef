import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addFolder, makeFolder, namesIn } from './folders.ts';
import { abandonedBeside, attempt, nameBeside, taken } from './names.ts';
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
  if (existsSync(dirname(target))) recoverFolder(target);
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
  undo.push(async () => rmSync(path, { recursive: true, force: true }));
  const commit = () => {
    refuseTaken(target, replaces);
    if (taken(target)) exchange(path, target, replaces);
    else attempt(target, () => renameSync(path, target));
    undo.length = 0;
  };
  return { path, commit, discard };
}

/** Takes a folder away with all that is in it; none is as good as gone. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Takes back what processes began that were killed: what they moved out of the folder goes in again. */
function recoverFolder(target: string): void {
  attempt(target, () => {
    for (const old of abandonedBeside(target, 'old')) {
      for (const name of readdirSync(old)) {
        rmSync(join(target, name), { recursive: true, force: true });
        renameSync(join(old, name), join(target, name));
      }
      rmdirSync(old);
    }
    for (const left of abandonedBeside(target, 'tmp')) rmSync(left, { recursive: true, force: true });
  });
}

/** Refuses a place that holds what must not be replaced. */
function refuseTaken(target: string, replaces: readonly string[]): void {
  if (!attempt(target, () => taken(target))) return;
  const names = namesIn(target);
  if (names === null || (names.length > 0 && replaces.length === 0)) throw outputExists(target);
}

/**
 * Puts the entries of one folder into another and takes out those that they replace. A failure puts back what was there.
 * All at once for this process: no signal comes between.
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
      mkdirSync(old);
      for (const name of replaces)
        if (existsSync(join(target, name))) move(join(target, name), join(old, name));
      for (const name of readdirSync(from)) {
        if (taken(join(target, name))) throw outputExists(join(target, name));
        move(join(from, name), join(target, name));
      }
      // From here on what was there before is not to come back.
      renameSync(old, gone);
    });
  } catch (error) {
    for (const step of back.reverse()) step();
    rmSync(old, { recursive: true, force: true });
    throw error;
  }
  for (const folder of [gone, from]) rmSync(folder, { recursive: true, force: true });
}
