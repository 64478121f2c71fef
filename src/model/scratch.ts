import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { externalFiles } from './external.ts';
import type { Model } from './model.ts';
import { attempt } from './names.ts';
import { isAbandoned, ownMark } from './owner.ts';

/** A private folder for files that last as long as some work does: models to be run, profiles. */
export interface Scratch {
  readonly folder: string;
  /** The path of a file of that name in it. */
  path(name: string): string;
  /** The text of the first file whose name begins so, or null. */
  read(prefix: string): string | null;
  remove(): void;
}

const PREFIX = 'onnx-margin-';

/** Where a scratch folder goes, and how its name begins. */
interface Place {
  readonly folder: string;
  readonly prefix: string;
}

/**
 * Makes one in the system's folder for temporary files; where weights of a model that has to be written there lie on
 * another disk, beside these if that can be, so that they need not be copied. Removes those of processes that were killed.
 */
export function makeScratch(model?: Model): Scratch {
  const place = placeFor(model);
  removeAbandoned(place);
  const folder = join(place.folder, `${place.prefix}${ownMark()}`);
  // The models are the user's: nobody else is to read them there.
  attempt(folder, () => mkdirSync(folder, { mode: 0o700 }));
  return {
    folder,
    path: (name) => join(folder, name),
    read(prefix) {
      const name = readdirSync(folder).find((each) => each.startsWith(prefix));
      return name === undefined ? null : readFileSync(join(folder, name), 'utf8');
    },
    remove: () => removeScratch(folder),
  };
}

function placeFor(model: Model | undefined): Place {
  const usual = { folder: tmpdir(), prefix: PREFIX };
  const [weights] = model === undefined ? [] : externalFiles(model);
  if (weights === undefined || statSync(weights.path).dev === statSync(tmpdir()).dev) return usual;
  const beside = dirname(weights.path);
  return isWritable(beside) ? { folder: beside, prefix: `.${PREFIX}` } : usual;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Removes one by its path, or what is in it, as far as it can be: what stays goes with the next that is made. */
export function removeScratch(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Somebody else's, in a folder that all use, or open in a process that has not ended yet.
  }
}

function removeAbandoned({ folder, prefix }: Place): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(prefix) && isAbandoned(name.slice(prefix.length))) removeScratch(join(folder, name));
  }
}
