import { stat } from 'node:fs/promises';
import type { Model, Rewritten, ValidateOptions, Validation, Warning } from '../index.ts';
import type { StorageOptions } from '../model/storage.ts';
import type { WeightsFile } from '../model/write.ts';
import { jsonText } from './io.ts';
import type { Given } from './option.ts';
import { makeFolder, type Outputs } from './outputs.ts';
import type { Written } from './print-rewrite.ts';
import type { Step } from './progress.ts';
import type { Report } from './report.ts';
import { orUndo } from './undo.ts';

export interface Job {
  readonly model: Model;
  readonly made: Rewritten;
  /** The graph of a training step, where it was asked for. */
  readonly stepped: Model | null;
  readonly outputs: Outputs;
  readonly force: boolean;
  /** Where weights go. */
  readonly storage: StorageOptions;
  /** What the report says was asked for. */
  readonly options: Given;
  /** How to check the numbers; null: not at all. */
  readonly running: ValidateOptions | null;
}

/** What was written, and what its numbers are like. */
export interface Outcome {
  readonly written: readonly Written[];
  /** Files of weights beside the graphs. */
  readonly weights: readonly WeightsFile[];
  readonly warnings: readonly Warning[];
  readonly report: Report;
  readonly validation: Validation | null;
}

/**
 * Writes graphs and report beside their places, checks the graphs there, and moves all into place together. Numbers
 * that disagree are written too, to be examined; an error or a signal leaves nothing.
 */
export async function writeRewritten(job: Job, step: Step): Promise<Outcome> {
  const { model, made, stepped, outputs, force, storage, options, running } = job;
  const [{ stageFiles }, { validate }, { reportOf }] = await Promise.all([
    import('../model/write.ts'),
    import('../index.ts'),
    import('./report.ts'),
  ]);
  return orUndo(async (undo) => {
    await makeFolder(outputs.folder, undo);
    const models = { train: made.train, infer: made.infer, step: stepped };
    const graphs = (['train', 'infer', 'step'] as const).flatMap((graph) => {
      const [path, model] = [outputs[graph], models[graph]];
      return path === null || model === null ? [] : [{ graph, path, model }];
    });
    step('writing');
    const staged = await stageFiles(graphs, { ...storage, force });
    undo(() => staged.discard());
    const warnings = [
      ...made.warnings,
      ...staged.notes.map((message) => ({ code: 'EXTERNAL_DATA', message })),
    ];
    const written = await Promise.all(
      graphs.map(async ({ graph, path, model }, index) => ({
        graph,
        path,
        model,
        bytes: (await stat(staged.files[index]?.staged ?? path)).size,
      })),
    );
    step('checking the numbers');
    const read = async () =>
      Object.fromEntries(
        await Promise.all(
          graphs.map(async ({ graph }, i) => [graph, await staged.files[i]?.read()] as const),
        ),
      );
    const validation = running === null ? null : await validate(model, await read(), running);
    step('writing the report');
    const { weights } = staged;
    const report = reportOf(model, options, { ...made, warnings }, weights, validation);
    const stagedReport = await stageFiles(await reportFiles(outputs, report), { force });
    undo(() => stagedReport.discard());
    await staged.commit();
    await stagedReport.commit();
    return { written, weights, warnings, report, validation };
  });
}

async function reportFiles({ report: path, html }: Outputs, report: Report) {
  const json = { path, text: jsonText(report) };
  if (html === null) return [json];
  const { pageOf } = await import('./page/page.ts');
  return [json, { path: html, text: pageOf(report) }];
}
