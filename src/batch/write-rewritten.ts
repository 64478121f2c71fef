import { makeFolder } from '../model/folders.ts';
import type { Model } from '../model/model.ts';
import { type Output, stageFiles, type WeightsFile, type WriteOptions } from '../model/write.ts';
import type { GraphKind } from '../rewrite/provenance.ts';
import type { Rewritten } from '../rewrite/rewrite.ts';
import type { Warning } from '../rewrite/warnings.ts';
import type { ValidateOptions, Validation } from '../validate/validate.ts';
import type { GraphPaths } from './paths.ts';
import type { Undo } from './undo.ts';

/** What was made of a model, and where it goes. */
export interface Job {
  readonly model: Model;
  readonly made: Rewritten;
  /** The graph of a training step, where it was asked for. */
  readonly stepped: Model | null;
  readonly paths: GraphPaths;
  readonly writing: WriteOptions;
  /** How to check the numbers; null: not at all. */
  readonly running: ValidateOptions | null;
  /** Texts that are put into place together with the graphs. */
  readonly besides: (outcome: Outcome) => Promise<readonly Output[]>;
}

/** A graph that was written. */
export interface WrittenGraph {
  readonly graph: GraphKind;
  readonly path: string;
  readonly model: Model;
  readonly bytes: number;
}

/** What was written, and what its numbers are like. */
export interface Outcome {
  readonly model: Model;
  readonly made: Rewritten;
  readonly written: readonly WrittenGraph[];
  /** Files of weights beside the graphs. */
  readonly weights: readonly WeightsFile[];
  /** Those of the rewrite, and what was stored otherwise than asked. */
  readonly warnings: readonly Warning[];
  readonly validation: Validation | null;
}

/**
 * Writes graphs and texts beside their places, checks the graphs there, and moves all into place together. Numbers
 * that disagree are written too, to be examined; an error leaves nothing.
 */
export async function writeRewritten(job: Job, undo: Undo, step: (what: string) => void): Promise<Outcome> {
  const { model, made, stepped, paths, writing, running, besides } = job;
  await makeFolder(paths.folder, undo);
  const models = { train: made.train, infer: made.infer, step: stepped };
  const graphs = (['train', 'infer', 'step'] as const).flatMap((graph) => {
    const [path, model] = [paths[graph], models[graph]];
    return path === null || model === null ? [] : [{ graph, path, model }];
  });
  step('writing');
  const staged = await stageFiles(graphs, writing);
  undo(() => staged.discard());
  const { weights, notes } = staged;
  const read: Record<string, Model> = {};
  for (const [i, { graph }] of graphs.entries()) {
    const file = staged.files[i];
    if (file !== undefined) read[graph] = await file.read();
  }
  const check = async (options: ValidateOptions) => {
    step('checking the numbers');
    // Loaded only here: a rewrite without it should not wait for it.
    const { validate } = await import('../validate/validate.ts');
    return validate(model, read, options);
  };
  const validation = running === null ? null : await check(running);
  step('putting into place');
  const outcome: Outcome = {
    model,
    made,
    written: graphs.map((each) => ({ ...each, bytes: read[each.graph]?.bytes ?? 0 })),
    weights,
    warnings: [...made.warnings, ...notes.map((message) => ({ code: 'EXTERNAL_DATA', message }))],
    validation,
  };
  const texts = await stageFiles(await besides(outcome), writing);
  undo(() => texts.discard());
  writing.signal?.throwIfAborted();
  await staged.commit(texts.moves);
  return outcome;
}
