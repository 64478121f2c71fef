import type { Outcome } from '../batch/write-rewritten.ts';
import { mismatchOf } from '../validate/mismatch.ts';
import { defineCommand } from './command.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import { writeJson } from './io.ts';
import { rewritingOf } from './numbers.ts';
import { pick } from './option.ts';
import {
  CONFIG_OPTION,
  JSON_OPTION,
  LAYERS,
  MAKING,
  REWRITE_OPTIONS,
  RUNNING,
  STEPPING,
  STORING,
} from './options.ts';
import { outputsOf, refuseToOverwrite } from './outputs.ts';
import { errorReport, printError } from './print-error.ts';
import { printRewrite } from './print-rewrite.ts';
import { withProgress } from './progress.ts';
import { noHead } from './refusals.ts';
import { orUndo } from './undo.ts';

export const rewrite = defineCommand({
  name: 'rewrite',
  describe: 'puts a margin head in the place of the last layer; writes graphs for training and inference',
  positionals: { model: { help: 'an ONNX file' } },
  options: { ...REWRITE_OPTIONS, ...CONFIG_OPTION, ...JSON_OPTION },
  parameters: HEAD_PARAMETERS,
  examples: [
    'rewrite classifier.onnx --head arcface --margin 0.4 -o out',
    'rewrite classifier.onnx --head arcface --preset insightface-torch',
    'rewrite classifier.onnx --head cosface --data images.npy --labels labels.npy',
    'rewrite classifier.onnx --head arcface --step --optimiser adamw',
    'rewrite classifier.onnx --head arcface --target pytorch',
    'rewrite embedder.onnx --head arcface --embedding VALUE --classes 1000',
  ],
  async run({ positionals: { model: path }, options, parameters }, { out, err }) {
    const { head, force = false } = options;
    if (head === undefined) throw noHead();
    const outputs = outputsOf(path, options);
    if (!force) refuseToOverwrite([outputs.train, outputs.infer, outputs.step, outputs.report, outputs.html]);
    const [{ rewriteFile }, { tailFacts }, { reportFiles }] = await Promise.all([
      import('../batch/rewrite-file.ts'),
      import('../rewrite/inspect.ts'),
      import('./report-files.ts'),
    ]);
    const asked = { ...pick(options, REWRITE_OPTIONS), ...parameters };
    const { made, written, weights, warnings, validation } = await withProgress(err, async (step) => {
      const running = {
        ...pick(options, RUNNING),
        ...pick(options, { seed: MAKING.seed }),
        onProgress: step,
      };
      const job = {
        rewriting: await rewritingOf(head, options, parameters),
        stepping: { ...pick(options, { ...STEPPING, ...LAYERS }), from: options.stepFrom ?? 'embedding' },
        writing: { ...pick(options, STORING), force },
        running: options.noValidate ? null : running,
        besides: (outcome: Outcome) => reportFiles(outputs, asked, outcome),
      };
      return orUndo((undo) => rewriteFile(path, outputs, job, undo, step));
    });
    const mismatch = validation === null ? null : mismatchOf(validation);
    if (options.json) {
      const { train, infer, step, report, html } = outputs;
      const { trained, changes } = made;
      const written = { train, infer, step, report, html, weights };
      writeJson(out, {
        ...written,
        trained,
        changes,
        warnings,
        validation,
        ...(mismatch && { error: errorReport(mismatch) }),
      });
    } else {
      const { report, html: page } = outputs;
      const tail = tailFacts(made.tail);
      printRewrite({ tail, made, written, weights, report, page, warnings, validation }, out);
      if (mismatch !== null) printError(mismatch, err);
    }
    return mismatch?.exitCode ?? 0;
  },
});
