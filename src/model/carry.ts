import { mkdirSync, realpathSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { type ExternalFile, externalFiles } from './external.ts';
import type { Model } from './model.ts';
import { fileSource, spanOf } from './source.ts';
import { attempt, nameBeside, stage, taken, type WriteOptions } from './stage.ts';
import { outputExists } from './write-failed.ts';

/** What was put beside the outputs: to be kept for good, or taken back. */
export interface Carried {
  keep(): void;
  takeBack(): void;
}

/**
 * Copies the files that hold a model's weights into the folder that the model is to be written to, under the same names:
 * at once, so that the staged model can be run. A file with the same content is left alone.
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED, MISSING_WEIGHTS
 */
export async function carryWeights(
  models: readonly { readonly path: string; readonly model: Model }[],
  { force = false }: WriteOptions,
): Promise<Carried> {
  const undo: (() => void)[] = [];
  const backups: string[] = [];
  const takeBack = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  const keep = () => {
    undo.length = 0;
    for (const path of backups) rmSync(path, { force: true });
  };
  const putAside = (target: string) => {
    if (!force) throw outputExists(target);
    const backup = nameBeside(target);
    attempt(target, () => renameSync(target, backup));
    backups.push(backup);
    undo.push(() => renameSync(backup, target));
  };
  const put = async (file: ExternalFile, target: string) => {
    if (taken(target) && sameContent(file, target)) return;
    if (taken(target)) putAside(target);
    undo.push(makeFolders(dirname(target)));
    await copyTo(file, target);
    undo.push(() => rmSync(target, { force: true }));
  };
  const outputs = new Set(models.map(({ path }) => resolve(path)));
  try {
    for (const { path, model } of models) {
      for (const file of externalFiles(model)) {
        const target = resolve(dirname(path), file.location);
        // A model that is written over its own weights, or those of the next, would be lost whatever is forced.
        if (outputs.has(target) || outputs.has(file.path)) throw outputExists(target);
        await put(file, target);
      }
    }
  } catch (error) {
    takeBack();
    throw error;
  }
  return { keep, takeBack };
}

async function copyTo({ path }: ExternalFile, target: string): Promise<void> {
  const source = fileSource(path);
  const staged = await stage([{ path: target, parts: [spanOf(source, 0, source.size)] }], {});
  await staged.commit();
}

/** Makes a folder where it is missing; the answer removes what was made, unless somebody else uses it by now. */
function makeFolders(folder: string): () => void {
  const first = attempt(folder, () => mkdirSync(folder, { recursive: true }));
  return () => {
    if (first === undefined) return;
    const steps = relative(dirname(first), folder).split(/[\\/]/).length;
    try {
      for (let path = folder, step = 0; step < steps; path = dirname(path), step++) rmdirSync(path);
    } catch {
      // Not empty: what lies there is not ours.
    }
  };
}

function sameContent({ path }: ExternalFile, target: string): boolean {
  if (!statSync(target, { throwIfNoEntry: false })?.isFile()) return false;
  if (attempt(target, () => realpathSync(target)) === path) return true;
  const [a, b] = [fileSource(path), fileSource(target)];
  if (a.size !== b.size) return false;
  const others = spanOf(b, 0, b.size).chunks()[Symbol.iterator]();
  for (const chunk of spanOf(a, 0, a.size).chunks()) {
    const other = others.next();
    if (other.done || Buffer.compare(chunk, other.value) !== 0) return false;
  }
  return true;
}
