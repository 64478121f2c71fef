import { join } from 'node:path';
import { openArrays } from '../model/arrays.ts';
import { floatRows } from '../model/float-rows.ts';
import { isThere, makeFolder, textOf } from '../model/folders.ts';
import type { Scratch } from '../model/scratch.ts';
import { stageFiles } from '../model/write.ts';
import type { Sought } from './frozen-pass.ts';
import type { Table } from './samples.ts';

/*
 * Tables that a training which was stopped need not compute again: `embeddings.npy` [M, D] beside its checkpoints, what
 * trained layers are fed with in `cut-0.npy` and so on, and what they are of in `embeddings.json`.
 */

const FACTS = 'embeddings.json';

/** What tables are of: those of anything else are computed anew. */
export type Origin = Readonly<Record<string, string | number>>;

/** How many numbers are read together. */
const AT_ONCE = 2 ** 22;

const textFor = (origin: Origin) => `${JSON.stringify(origin, null, 2)}\n`;

const pathOf = (folder: string, { file }: Sought) => join(folder, `${file}.npy`);

/** The tables that are kept in a folder; null where there are none of that origin. */
export function readTables(
  folder: string,
  origin: Origin,
  sought: readonly Sought[],
  scratch: Scratch,
): readonly Table[] | null {
  if (textOf(join(folder, FACTS)) !== textFor(origin)) return null;
  const tables: Table[] = [];
  for (const each of sought) {
    const table = readTable(pathOf(folder, each), each, scratch);
    if (table === null) {
      for (const { rows } of tables) rows.close();
      return null;
    }
    tables.push(table);
  }
  return tables;
}

function readTable(path: string, { element, file, rows: wanted }: Sought, scratch: Scratch): Table | null {
  if (!isThere(path)) return null;
  const [array] = openArrays(path).values();
  if (array?.element !== 'float32' || array.dims[0] !== wanted.length) return null;
  const dims = array.dims.slice(1);
  const width = dims.reduce((product, dim) => product * dim, 1);
  const rows = floatRows(width, scratch.path(file));
  const some = Math.max(1, Math.floor(AT_ONCE / width));
  for (let from = 0; from < wanted.length; from += some) {
    rows.append(array.read(from, Math.min(from + some, wanted.length)) as Float32Array);
  }
  return { element, dims, rows };
}

/** Keeps tables in a folder. @throws MarginError WRITE_FAILED */
export async function keepTables(
  folder: string,
  origin: Origin,
  sought: readonly Sought[],
  tables: readonly Table[],
): Promise<void> {
  await makeFolder(folder);
  const arrays = tables.flatMap(({ dims, rows }, i) => {
    const each = sought[i];
    if (each === undefined) return [];
    return [{ path: pathOf(folder, each), array: { dims: [rows.count, ...dims], data: rows.payload() } }];
  });
  const facts = { path: join(folder, FACTS), text: textFor(origin) };
  const staged = await stageFiles([...arrays, facts], { force: true });
  await staged.commit();
}
