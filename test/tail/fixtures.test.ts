import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '#model/read.js';
import { findTails } from '#tail/find.js';
import { prepare } from '#tail/prepare.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { FIXTURE_MODELS, fixtureModel } from '../helpers/fixtures.ts';
import { layerError } from '../helpers/layer-error.ts';

/** What is found in each model, by its origin: form, node, weight, layout, classes, dimensions, bias, what goes out. */
const FOUND: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  'digits-cnn': [
    [
      'gemm',
      '/classifier/Gemm',
      'classifier.weight',
      'CD',
      10,
      48,
      'classifier.bias',
      'softmax',
      'probabilities',
    ],
  ],
  'digits-convhead': [
    [
      'conv-1x1',
      '/classifier/Conv',
      'classifier.weight',
      'CD',
      10,
      48,
      'classifier.bias',
      'log-softmax',
      'log_probabilities',
    ],
  ],
  'digits-dynamo': [
    ['gemm', 'node_linear_1', 'classifier.weight', 'CD', 10, 32, 'classifier.bias', 'none', 'logits'],
  ],
  'digits-keras': [
    [
      'matmul-add',
      'sequential_1/dense_1_2/MatMul',
      'sequential_1/dense_1_2/Cast/ReadVariableOp:0',
      'DC',
      10,
      32,
      'sequential_1/dense_1_2/BiasAdd/ReadVariableOp:0',
      'softmax',
      'probabilities',
    ],
  ],
  'digits-logreg': [
    [
      'gemm',
      'LinearClassifier',
      'margin/weight',
      'CD',
      10,
      64,
      'margin/bias',
      'softmax',
      'label',
      'probabilities',
    ],
  ],
  'digits-sklearn': [
    [
      'matmul-add',
      'MatMul1',
      'coefficient1',
      'DC',
      10,
      32,
      'intercepts1',
      'softmax',
      'label',
      'probabilities',
    ],
  ],
  embedder: [],
  'token-tagger': [
    [
      'matmul-add',
      '/tagger/classifier/MatMul',
      'onnx::MatMul_24',
      'DC',
      5,
      32,
      'tagger.classifier.bias',
      'softmax',
      'probabilities',
    ],
  ],
  'two-heads': [
    ['gemm', '/digit/Gemm', 'digit.weight', 'CD', 10, 32, 'digit.bias', 'none', 'digit'],
    ['gemm', '/parity/Gemm', 'parity.weight', 'CD', 2, 32, 'parity.bias', 'none', 'parity'],
  ],
};

/** Why there is nothing in those without a tail. */
const REASONS: Readonly<Record<string, string>> = {
  embedder:
    'BatchNormalization "/norm/BatchNormalization" normalises what the layer before it gives, so that is an embedding or must be folded into the layer first',
};

async function searched(name: string) {
  const { view } = prepare(await readModel(fixtureModel(name)));
  return { model: view.model, ...findTails(view) };
}

describe('models of real exporters', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime();
  });
  afterAll(async () => runtime.close());

  it('are all told of here', () => {
    expect(Object.keys(FOUND).sort()).toEqual([...FIXTURE_MODELS].sort());
  });

  it.each(FIXTURE_MODELS)('%s', async (name) => {
    const { tails, misses } = await searched(name);
    const told = tails.map(({ form, nodeName, weight, bias, activation, outputs }) => [
      form,
      nodeName,
      weight.value,
      weight.layout,
      weight.classes,
      weight.dim,
      bias?.value,
      activation,
      ...outputs,
    ]);
    expect(told).toEqual(FOUND[name]);
    expect(misses.map(({ reason }) => reason)).toEqual(name in REASONS ? [REASONS[name]] : []);
  });

  it.each(FIXTURE_MODELS)('%s: the layer computes E·W + b', async (name) => {
    const { model, tails } = await searched(name);
    for (const tail of tails) expect(await layerError(runtime, model, tail)).toBeLessThan(1e-5);
  });
});
