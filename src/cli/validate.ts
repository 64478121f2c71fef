import { MarginError } from '../errors.ts';
import { mismatchOf } from '../validate/mismatch.ts';
import { defineCommand } from './command.ts';
import { writeJson } from './io.ts';
import { pick } from './option.ts';
import { JSON_OPTION, MAKING, RUNNING } from './options.ts';
import { errorReport, printError } from './print-error.ts';
import { printValidation } from './print-validation.ts';
import { withProgress } from './progress.ts';

const GRAPHS = {
  train: { kind: 'text', placeholder: 'FILE', help: 'a training graph that was made from the model' },
  infer: { kind: 'text', placeholder: 'FILE', help: 'an inference graph that was made from the model' },
  step: {
    kind: 'text',
    placeholder: 'FILE',
    help: 'a graph of a training step that was made from the model',
  },
} as const;

const CHECKING = { ...RUNNING, seed: { ...MAKING.seed, help: 'draws random samples (0)' } } as const;

export const validate = defineCommand({
  name: 'validate',
  describe: 'checks graphs that exist against the model they were made from',
  positionals: { model: { help: 'the ONNX file they were made from' } },
  options: { ...GRAPHS, ...CHECKING, ...JSON_OPTION },
  parameters: {},
  examples: [
    'validate classifier.onnx --train classifier.train.onnx --infer classifier.infer.onnx',
    'validate classifier.onnx --infer classifier.infer.onnx --provider webgpu --json',
  ],
  async run({ positionals: { model: path }, options }, { out, err }) {
    const graphs = pick(options, GRAPHS);
    if (Object.keys(graphs).length === 0) throw noGraph();
    const { readModel, validate } = await import('../index.ts');
    const validation = await withProgress(err, async (step) => {
      step(`reading ${path}`);
      const model = await readModel(path);
      step('checking the numbers');
      return validate(model, graphs, { ...pick(options, CHECKING), onProgress: step });
    });
    const mismatch = mismatchOf(validation);
    if (options.json) {
      writeJson(out, { ...validation, ...(mismatch && { error: errorReport(mismatch) }) });
    } else {
      printValidation(validation, out);
      if (mismatch !== null) printError(mismatch, err);
    }
    return mismatch?.exitCode ?? 0;
  },
});

function noGraph(): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: 'Which graphs are to be checked?',
    saw: 'none of --train, --infer and --step',
    expected: '--train FILE, --infer FILE, --step FILE, or several of them',
    tryThis: ['onnx-margin validate --help'],
  });
}
