import { existsSync } from 'node:fs';
import type { Outcome } from '../batch/write-rewritten.ts';
import { isMarginError, MarginError } from '../errors.ts';
import type { Warning } from '../rewrite/warnings.ts';
import { mismatchOf } from '../validate/mismatch.ts';
import { defineCommand } from './command.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import { writeJson } from './io.ts';
import { rewritingOf } from './numbers.ts';
import { pick, type ValuesOf } from './option.ts';
import {
  CONFIG_OPTION,
  JSON_OPTION,
  LAYERS,
  MAKING,
  READING,
  REWRITE_OPTIONS,
  RUNNING,
  STORING,
  TRAINING,
  WRITING,
} from './options.ts';
import { checkpointsOf, outputsOf, refuseToOverwrite } from './outputs.ts';
import { errorReport, printError } from './print-error.ts';
import { printRewrite } from './print-rewrite.ts';
import { printTraining } from './print-training.ts';
import { withProgress } from './progress.ts';
import { noHead } from './refusals.ts';
import { trainingProgress } from './training-progress.ts';
import { orUndo } from './undo.ts';

const { only: _only, ...WHERE } = WRITING;
const { samples: _samples, ...RUN } = RUNNING;

const DATA = {
  data: { ...RUNNING.data, help: 'samples to train with, .npy (of any size) or .npz' },
  labels: RUNNING.labels,
  resume: { kind: 'flag', help: 'go on from the last checkpoint of the same training' },
  noValidate: REWRITE_OPTIONS.noValidate,
} as const;

/** Samples that the graphs are checked with in the end; with all of them there would be nothing left to find. */
const CHECKED = 256;

export const train = defineCommand({
  name: 'train',
  describe: 'trains a head and layers before it, in ONNX Runtime; writes graphs that hold what was learned',
  positionals: { model: { help: 'an ONNX file' } },
  options: {
    ...MAKING,
    ...STORING,
    ...READING,
    ...WHERE,
    ...RUN,
    ...DATA,
    ...TRAINING,
    ...LAYERS,
    ...CONFIG_OPTION,
    ...JSON_OPTION,
  },
  parameters: HEAD_PARAMETERS,
  examples: [
    'train classifier.onnx --head arcface --data images.npy --labels labels.npy -o out',
    'train classifier.onnx --head cosface --data images.npy --labels labels.npy --margin-warmup 5 --html -o out',
    'train classifier.onnx --head arcface --classes 20 --data images.npy --labels labels.npy -o out',
    'train classifier.onnx --head arcface --train-last 2 --data images.npy --labels labels.npy -o out',
    'train embedder.onnx --head arcface --embedding VALUE --classes 20 --data images.npy --labels labels.npy',
  ],
  async run({ positionals: { model: path }, options, parameters }, { out, err }) {
    const { force = false, resume = false } = options;
    const { head, data, labels } = neededOf(options);
    const outputs = outputsOf(path, options);
    const checkpoints = checkpointsOf(path, options);
    if (!force) refuseToOverwrite([outputs.train, outputs.infer, outputs.report, outputs.html]);
    if (!force && !resume) refuseUnfinished(checkpoints);
    const [{ readModel, train }, { writeRewritten }, { tailFacts }, { reportFiles }, { removeFolder }] =
      await Promise.all([
        import('../index.ts'),
        import('../batch/write-rewritten.ts'),
        import('../rewrite/inspect.ts'),
        import('./report-files.ts'),
        import('../model/stage-folder.ts'),
      ]);
    if (!resume) removeFolder(checkpoints);
    const asked = { ...pick(options, { ...REWRITE_OPTIONS, ...TRAINING }), ...parameters };
    const { made, outcome } = await withProgress(err, async (step) => {
      step(`reading ${path}`);
      const rewriting = await rewritingOf(head, options, parameters);
      const model = await readModel(path);
      const regime = {
        ...pick(options, { ...TRAINING, ...LAYERS }),
        ...pick(options, RUN),
        checkpoints,
        resume,
      };
      const onProgress = trainingProgress(err, step);
      const made = await untilSignal((signal) =>
        train(model, { ...rewriting, ...regime, data, labels, signal, onProgress }),
      );
      const job = {
        ...{ model, made, stepped: null, paths: outputs },
        writing: { ...pick(options, STORING), force },
        running: options.noValidate ? null : { ...checkingOf(options), onProgress: step },
        besides: (outcome: Outcome) => reportFiles(outputs, asked, outcome, made.training),
      };
      return { made, outcome: await orUndo((undo) => writeRewritten(job, undo, step)) };
    });
    const { written, weights, validation } = outcome;
    const warnings = [...outcome.warnings, ...leftOf(checkpoints, removeFolder)];
    const mismatch = validation === null ? null : mismatchOf(validation);
    if (options.json) {
      const { changes, training } = made;
      const { train, infer, report, html } = outputs;
      const error = mismatch && { error: errorReport(mismatch) };
      const files = { train, infer, report, html, weights };
      writeJson(out, { ...files, training, changes, warnings, validation, ...error });
    } else {
      const { report, html: page } = outputs;
      const tail = tailFacts(made.tail);
      printRewrite({ tail, made, written, weights, report, page, warnings, validation }, out);
      printTraining(made.training, out);
      if (mismatch !== null) printError(mismatch, err);
    }
    return mismatch?.exitCode ?? 0;
  },
});

/** What training cannot do without. @throws MarginError BAD_USAGE */
function neededOf({ head, data, labels }: { head?: string; data?: string; labels?: string }) {
  if (head === undefined) throw noHead();
  if (data === undefined) throw noData('data');
  if (labels === undefined) throw noData('labels');
  return { head, data, labels };
}

/** Takes the checkpoints away, for all is in its place; a warning where they stay, which is no reason to fail. */
function leftOf(checkpoints: string, remove: (path: string) => void): readonly Warning[] {
  try {
    remove(checkpoints);
    return [];
  } catch (error) {
    const why = isMarginError(error) ? error.saw : String(error);
    const message = `the checkpoints are no longer needed, and could not be removed: ${checkpoints}: ${why}`;
    return [{ code: 'CHECKPOINTS_LEFT', message }];
  }
}

/** How the graphs are checked in the end: over some of the data, with labels of any kind. */
function checkingOf(options: ValuesOf<typeof RUN & Pick<typeof MAKING, 'seed'>>) {
  const { labels: _, ...running } = pick(options, { ...RUN, seed: MAKING.seed });
  return { ...running, samples: CHECKED };
}

/** Does work that the first SIGINT or SIGTERM asks to stop; a second one ends the process as it would have done. */
async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
}

function noData(missing: 'data' | 'labels'): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: 'What is the head to be trained with?',
    saw: `no --${missing}`,
    expected: '--data FILE --labels FILE',
    tryThis: ['--data images.npy --labels labels.npy'],
  });
}

function refuseUnfinished(checkpoints: string): void {
  if (!existsSync(checkpoints)) return;
  throw new MarginError({
    code: 'OUTPUT_EXISTS',
    message: `${checkpoints} holds a training that was not finished.`,
    saw: checkpoints,
    expected: 'no folder of that name',
    tryThis: ['--resume to go on with it', '--force to begin anew', '-o DIR to write elsewhere'],
  });
}
