import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private folder for files that last as long as some work does: models to be run, profiles. */
export interface Scratch {
  /** The path of a file of that name in it. */
  path(name: string): string;
  /** The text of the first file whose name begins so, or null. */
  read(prefix: string): string | null;
  remove(): void;
}

/** Makes one in the system's folder for temporary files. */
export function makeScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-'));
  return {
    path: (name) => join(folder, name),
    read(prefix) {
      const name = readdirSync(folder).find((each) => each.startsWith(prefix));
      return name === undefined ? null : readFileSync(join(folder, name), 'utf8');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
