import { MarginError } from '../errors.ts';
import { defineCommand } from './command.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import { writeJson } from './io.ts';
import { rewritingOf } from './numbers.ts';
import { pick } from './option.ts';
import { CONFIG_OPTION, JSON_OPTION, MAKING, READING, REWRITE_OPTIONS, RUNNING } from './options.ts';
import { printRecorded } from './print-fixture.ts';
import { withProgress } from './progress.ts';
import { noHead } from './refusals.ts';
import { orUndo } from './undo.ts';

const INPUTS = {
  data: { ...RUNNING.data, help: 'inputs to record, .npy or .npz; random ones unless given' },
  labels: RUNNING.labels,
  samples: {
    ...RUNNING.samples,
    help: 'how many samples to record (4 random ones; up to 8 batches of data)',
  },
  timeout: RUNNING.timeout,
} as const;

const WRITING = {
  out: { ...REWRITE_OPTIONS.out, help: 'the folder of the fixture, made where it is missing' },
  only: { ...REWRITE_OPTIONS.only, help: 'record one of the two graphs' },
  force: { ...REWRITE_OPTIONS.force, help: 'replace a fixture that is there' },
} as const;

export const fixtureRecord = defineCommand({
  name: 'fixture record',
  describe: 'records what the graphs of a rewrite compute, as test data for CI in ONNX’s own layout',
  positionals: { model: { help: 'an ONNX file' } },
  options: { ...MAKING, ...READING, ...WRITING, ...INPUTS, ...CONFIG_OPTION, ...JSON_OPTION },
  parameters: HEAD_PARAMETERS,
  examples: [
    'fixture record classifier.onnx --head arcface -o fixtures/classifier',
    'fixture record classifier.onnx --head cosface --data images.npy --labels labels.npy -o fixtures/classifier',
  ],
  async run({ positionals: { model: path }, options, parameters }, { out, err }) {
    const { head, out: folder } = options;
    if (head === undefined) throw noHead();
    if (folder === undefined) throw noFolder();
    const { readModel } = await import('../index.ts');
    const { fillFixture, stageFixture } = await import('../fixture/record.ts');
    const recorded = await withProgress(err, (step) =>
      orUndo(async (undo) => {
        const staged = await stageFixture(folder, options);
        undo(() => staged.discard());
        step(`reading ${path}`);
        const rewriting = await rewritingOf(head, options, parameters);
        const model = await readModel(path);
        const recording = {
          ...pick(options, { ...INPUTS, ...WRITING, seed: MAKING.seed }),
          onProgress: step,
        };
        const done = await fillFixture(staged, folder, model, rewriting, recording);
        staged.commit();
        return done;
      }),
    );
    if (options.json) writeJson(out, recorded);
    else printRecorded(recorded, out);
    return 0;
  },
});

function noFolder(): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: 'Where is the fixture to be written?',
    saw: 'no -o',
    expected: '-o DIR, a folder of its own',
    tryThis: ['-o fixtures/NAME'],
  });
}
