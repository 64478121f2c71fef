import { mkdirSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { externalFiles } from './external.ts';
import { attempt, taken } from './names.ts';
import type { TensorProto } from './proto.ts';
import { sameContent } from './same-content.ts';
import { fileSource, spanOf } from './source.ts';
import type { ModelOutput } from './split.ts';
import type { Draft } from './stage.ts';
import { outputExists } from './write-failed.ts';

/** A file of weights that models need beside them, and where it is now. */
export interface Needed {
  /** The name by which the models call it. */
  readonly location: string;
  readonly path: string;
  /** What has its content. */
  readonly from: string;
  readonly bytes: number;
  /** The paths of the models that name it. */
  readonly models: readonly string[];
  /** Whether it lies in its place already. */
  readonly there: boolean;
}

/**
 * The files that hold weights of some models, as they must lie in the folders that the models are to be written to;
 * `made` are the tensors whose files are written anew.
 * @throws MarginError OUTPUT_EXISTS where another file lies in the place of one, MISSING_WEIGHTS
 */
export function neededWeights(
  outputs: readonly ModelOutput[],
  made: ReadonlySet<TensorProto>,
  force: boolean,
): readonly Needed[] {
  const needed = new Map<string, Needed>();
  for (const output of outputs) {
    for (const { location, path: from } of externalFiles(output.model, (tensor) => !made.has(tensor))) {
      const path = join(dirname(output.path), location);
      const known = needed.get(path);
      if (known !== undefined && !sameContent(known.from, from)) throw outputExists(path);
      const there = known?.there ?? (taken(path) && sameContent(from, path));
      if (!there && !force && taken(path)) throw outputExists(path);
      const models = [...(known?.models ?? []), output.path];
      needed.set(path, { location, path, from, bytes: statSync(from).size, models, there });
    }
  }
  return [...needed.values()];
}

/** A file of weights under another name: a second name of the file, or a copy where that cannot be. */
export function draftOf({ path, from }: Needed): Draft {
  const source = fileSource(from);
  return { path, parts: [spanOf(source, 0, source.size)], sameAs: from };
}

/** A model that is written over its own weights, or those of the next, would be lost whatever is forced. */
export function refuseOwnWeights(outputs: readonly ModelOutput[], paths: readonly string[]): void {
  const read = new Set(outputs.flatMap(({ model }) => externalFiles(model).map(({ path }) => path)));
  const lost = paths.find((path) => read.has(realPlace(path)));
  if (lost !== undefined) throw outputExists(lost);
}

/** Where a file of that path would be, links on the way followed. */
function realPlace(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}

/** Makes a folder where it is missing; the answer removes what was made, unless somebody else uses it by now. */
export function makeFolders(folder: string): () => void {
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
