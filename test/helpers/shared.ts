import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of judging material that may lie beside the project; null where it does not. */
const folder = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** A file or folder of that material, or null where it is absent: tests that need it then say so and skip. */
export function shared(path: string): string | null {
  const full = folder + path;
  return existsSync(full) ? full : null;
}
