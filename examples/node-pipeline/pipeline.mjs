/**
 * A pipeline in Node: every classifier of a folder gets an ArcFace head, is checked on ONNX Runtime, and is told of as it
 * goes. Ctrl-C ends it with whole models or none.
 *
 *     node pipeline.mjs MODELS OUT
 */
import { rewriteAll } from 'onnx-margin';

const [models = 'models', out = 'out'] = process.argv.slice(2);

const cancel = new AbortController();
process.once('SIGINT', () => cancel.abort(new Error('cancelled')));

const summary = await rewriteAll(
  models,
  { head: 'arcface', parameters: { margin: 0.4 } },
  {
    out,
    // What both graphs of a model have in common is stored once, beside them.
    externalData: 'split',
    externalThreshold: 4096,
    validate: { provider: 'auto', samples: 8 },
    concurrency: 2,
    signal: cancel.signal,
    onProgress: ({ path, step, ended, total }) => console.error(`[${ended}/${total}] ${path}: ${step}`),
  },
);

for (const { path, status, train, infer, validation, error } of summary.models) {
  if (status === 'done') console.log(`${path}: ${train}, ${infer}, checked on ${validation?.provider}`);
  else console.log(`${path}: ${status}, ${error?.message}`);
}
process.exitCode = summary.failed + summary.disagree > 0 ? 1 : 0;
