import { readModel } from '../model/read.ts';
import type { WriteOptions } from '../model/write.ts';
import { type RewriteOptions, rewrite } from '../rewrite/rewrite.ts';
import { type StepModelOptions, stepModel } from '../rewrite/step-model.ts';
import type { ValidateOptions } from '../validate/validate.ts';
import type { GraphPaths } from './paths.ts';
import type { Undo } from './undo.ts';
import { type Job, type Outcome, writeRewritten } from './write-rewritten.ts';

export interface FileOptions {
  readonly rewriting: RewriteOptions;
  /** How the graph of a training step is made, where it is asked for. */
  readonly stepping: StepModelOptions;
  readonly writing: WriteOptions;
  /** How to check the numbers; null: not at all. */
  readonly running: ValidateOptions | null;
  readonly besides: Job['besides'];
}

/** From a file to files: reads a model, puts the head in, checks the numbers, writes the graphs. An error leaves nothing. */
export async function rewriteFile(
  path: string,
  paths: GraphPaths,
  options: FileOptions,
  undo: Undo,
  step: (what: string) => void,
): Promise<Outcome> {
  const { rewriting, stepping, writing, running, besides } = options;
  step(`reading ${path}`);
  const model = await readModel(path);
  step('rewriting');
  writing.signal?.throwIfAborted();
  const made = rewrite(model, rewriting);
  const stepped = paths.step === null ? null : stepModel(model, rewriting, stepping);
  return writeRewritten({ model, made, stepped, paths, writing, running, besides }, undo, step);
}
