import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { externalFiles } from './external.ts';
import type { Model } from './model.ts';

/** A private folder for files that last as long as some work does: models to be run, profiles. */
export interface Scratch {
  /** The path of a file of that name in it. */
  path(name: string): string;
  /** The text of the first file whose name begins so, or null. */
  read(prefix: string): string | null;
  remove(): void;
}

/**
 * Makes one in the system's folder for temporary files; where weights of a model that has to be written there lie on
 * another disk, beside these if that can be, so that they need not be copied.
 */
export function makeScratch(model?: Model): Scratch {
  const folder = mkdtempSync(prefixFor(model));
  return {
    path: (name) => join(folder, name),
    read(prefix) {
      const name = readdirSync(folder).find((each) => each.startsWith(prefix));
      return name === undefined ? null : readFileSync(join(folder, name), 'utf8');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function prefixFor(model: Model | undefined): string {
  const usual = join(tmpdir(), 'onnx-margin-');
  const [weights] = model === undefined ? [] : externalFiles(model);
  if (weights === undefined || statSync(weights.path).dev === statSync(tmpdir()).dev) return usual;
  const beside = dirname(weights.path);
  return isWritable(beside) ? join(beside, '.onnx-margin-') : usual;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
