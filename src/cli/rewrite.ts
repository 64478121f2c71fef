import { mismatchOf } from '../validate/mismatch.ts';
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
import { outputsOf, refuseToOverwrite } from './outputs.ts';
import { errorReport, printError } from './print-error.ts';
import { printRewrite } from './print-rewrite.ts';
import { withProgress } from './progress.ts';
import { noHead } from './refusals.ts';
import { writeRewritten } from './write-rewritten.ts';

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
    'rewrite embedder.onnx --head arcface --embedding VALUE --classes 1000',
  ],
  async run({ positionals: { model: path }, options, parameters }, { out, err }) {
    const { head, force = false } = options;
    if (head === undefined) throw noHead();
    const outputs = outputsOf(path, options);
    if (!force) refuseToOverwrite([outputs.train, outputs.infer, outputs.step, outputs.report, outputs.html]);
    const { readModel, rewrite, stepModel } = await import('../index.ts');
    const { made, written, weights, warnings, report, validation } = await withProgress(err, async (step) => {
      step(`reading ${path}`);
      const rewriting = await rewritingOf(head, options, parameters);
      const model = await readModel(path);
      step('rewriting');
      const made = rewrite(model, rewriting);
      const stepped =
        outputs.step === null
          ? null
          : stepModel(model, rewriting, {
              ...pick(options, STEPPING),
              from: options.stepFrom ?? 'embedding',
            });
      const asked = { ...pick(options, REWRITE_OPTIONS), ...parameters };
      const running = options.noValidate
        ? null
        : { ...pick(options, RUNNING), ...pick(options, { seed: MAKING.seed }), onProgress: step };
      const storage = pick(options, STORING);
      const job = { model, made, stepped, outputs, force, storage, options: asked, running };
      return { made, ...(await writeRewritten(job, step)) };
    });
    const mismatch = validation === null ? null : mismatchOf(validation);
    if (options.json) {
      const { changes } = made;
      writeJson(out, {
        train: outputs.train,
        infer: outputs.infer,
        step: outputs.step,
        report: outputs.report,
        html: outputs.html,
        weights,
        changes,
        warnings,
        validation,
        ...(mismatch && { error: errorReport(mismatch) }),
      });
    } else {
      printRewrite(
        {
          tail: report.tail,
          made: { ...made, warnings },
          written,
          weights,
          report: outputs.report,
          page: outputs.html,
          validation,
        },
        out,
      );
      if (mismatch !== null) printError(mismatch, err);
    }
    return mismatch?.exitCode ?? 0;
  },
});
