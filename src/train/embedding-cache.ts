import { join } from 'node:path';
import { openArrays } from '../model/arrays.ts';
import type { FloatRows } from '../model/float-rows.ts';
import { isThere, makeFolder, textOf } from '../model/folders.ts';
import { stageFiles } from '../model/write.ts';

/*
 * Embeddings that a training which was stopped need not compute again: `embeddings.npy` [M, D] beside its checkpoints, and
 * what they are of in `embeddings.json`.
 */

const ROWS = 'embeddings.npy';
const FACTS = 'embeddings.json';

/** What embeddings are of: those of anything else are computed anew. */
export type Origin = Readonly<Record<string, string | number>>;

/** How many rows are read together. */
const AT_ONCE = 4096;

const textFor = (origin: Origin) => `${JSON.stringify(origin, null, 2)}\n`;

/** Fills a table with the embeddings that are kept in a folder; false where there are none of that origin. */
export function readEmbeddings(folder: string, origin: Origin, rows: FloatRows, count: number): boolean {
  const path = join(folder, ROWS);
  if (textOf(join(folder, FACTS)) !== textFor(origin) || !isThere(path)) return false;
  const [array] = openArrays(path).values();
  if (array?.element !== 'float32' || array.dims.join() !== `${count},${rows.width}`) return false;
  for (let from = 0; from < count; from += AT_ONCE) {
    rows.append(array.read(from, Math.min(from + AT_ONCE, count)) as Float32Array);
  }
  return true;
}

/** Keeps embeddings in a folder. @throws MarginError WRITE_FAILED */
export async function keepEmbeddings(folder: string, origin: Origin, rows: FloatRows): Promise<void> {
  await makeFolder(folder);
  const staged = await stageFiles(
    [
      { path: join(folder, ROWS), array: { dims: [rows.count, rows.width], data: rows.payload() } },
      { path: join(folder, FACTS), text: textFor(origin) },
    ],
    { force: true },
  );
  await staged.commit();
}
