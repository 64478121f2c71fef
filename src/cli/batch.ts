import type { BatchProgress } from '../batch/rewrite-all.ts';
import { isMarginError } from '../errors.ts';
import { defineCommand } from './command.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import { writeJson } from './io.ts';
import { rewritingOf } from './numbers.ts';
import { pick } from './option.ts';
import {
  CONFIG_OPTION,
  JSON_OPTION,
  MAKING,
  REWRITE_OPTIONS,
  RUNNING,
  STEPPING,
  STORING,
} from './options.ts';
import { reportPaths } from './outputs.ts';
import { batchReport, printBatch } from './print-batch.ts';
import { FAULT } from './print-error.ts';
import { noHead } from './refusals.ts';
import { dim, line } from './text.ts';
import { orUndo } from './undo.ts';

export const batch = defineCommand({
  name: 'batch',
  describe: 'does what rewrite does with many models: files, folders and patterns, several at a time',
  positionals: {
    model: {
      help: 'ONNX files, folders with such files, or patterns in quotes: "models/**/*.onnx"',
      many: true,
    },
  },
  options: {
    ...REWRITE_OPTIONS,
    concurrency: {
      kind: 'integer',
      least: 1,
      placeholder: 'N',
      help: 'how many models are worked on at a time (half as many as there are cores, 4 at most)',
    },
    ...CONFIG_OPTION,
    ...JSON_OPTION,
  },
  parameters: HEAD_PARAMETERS,
  examples: [
    'batch models --head arcface -o out',
    'batch "models/**/*.onnx" --head cosface --margin 0.3 --no-validate -o out',
    'batch a.onnx b.onnx --head arcface --json -o out',
  ],
  async run({ positionals: { model: words }, options, parameters }, { out, err }) {
    const { head, force = false, html = false, concurrency } = options;
    if (head === undefined) throw noHead();
    const [{ firstError, rewriteEach }, { reportFiles }] = await Promise.all([
      import('../batch/rewrite-all.ts'),
      import('./report-files.ts'),
    ]);
    const asked = { ...pick(options, REWRITE_OPTIONS), ...parameters };
    const rewriting = await rewritingOf(head, options, parameters);
    const controller = new AbortController();
    const settings = {
      ...pick(options, STORING),
      ...pick(options, { out: REWRITE_OPTIONS.out, only: REWRITE_OPTIONS.only }),
      force,
      ...(options.step === true && {
        step: { ...pick(options, STEPPING), from: options.stepFrom ?? ('embedding' as const) },
      }),
      ...(concurrency !== undefined && { concurrency }),
      validate: options.noValidate
        ? null
        : { ...pick(options, RUNNING), ...pick(options, { seed: MAKING.seed }) },
      signal: controller.signal,
      onProgress: ({ path, step, ended, total }: BatchProgress) => {
        if (ENDED.has(step)) line(err, dim(`${ended}/${total} ${step} ${path}`));
      },
    };
    const summary = await orUndo(
      async (undo) => {
        const work = rewriteEach(words, rewriting, settings, (model, { folder }, outcome) =>
          reportFiles(reportPaths(model, folder, html), asked, outcome),
        );
        undo(async () => {
          controller.abort();
          await work.catch(() => {});
        });
        // Cut off by a signal it has no end of its own: the signal ends the process.
        return work.catch((error: unknown) =>
          controller.signal.aborted ? new Promise<never>(() => {}) : Promise.reject(error),
        );
      },
      undefined,
      'models that were done are whole, and nothing was written of the others',
    );
    const error = firstError(summary);
    if (options.json) writeJson(out, batchReport(summary, error, html));
    else printBatch(summary, out);
    if (error === null) return 0;
    return isMarginError(error) ? error.exitCode : FAULT;
  },
});

const ENDED: ReadonlySet<string> = new Set(['done', 'disagrees', 'failed', 'skipped']);
