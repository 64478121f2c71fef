import { describe, expect, it } from 'vitest';
import { withFields } from '#model/codec.js';
import { deriveModel } from '#model/model.js';
import { readModel } from '#model/read.js';
import { makeTensor, readTensor } from '#model/tensors.js';
import { type RewriteOptions, rewrite } from '#rewrite/rewrite.js';
import { validate } from '#validate/validate.js';
import { fixtureModel } from '../helpers/fixtures.ts';

/* The options of the loss, read back from what a graph says of itself and checked on ONNX Runtime. */

const classWeights = [0, 0.1, 1, 2, 3.3, 50, 0.7, 1, 1, 8];
const OPTIONS: readonly (readonly [name: string, options: Omit<RewriteOptions, 'head'>])[] = [
  ['sum', { reduction: 'sum' }],
  ['none', { reduction: 'none' }],
  ['label smoothing', { labelSmoothing: 0.1 }],
  ['class weights', { classWeights }],
  ['class weights, sum', { classWeights, reduction: 'sum' }],
  ['class weights and smoothing, none', { classWeights, labelSmoothing: 0.3, reduction: 'none' }],
  ['class weights and smoothing', { classWeights, labelSmoothing: 0.3 }],
];

const failed = async (fixture: string, options: RewriteOptions) => {
  const model = await readModel(fixtureModel(fixture));
  const { checks } = await validate(model, rewrite(model, options), { provider: 'cpu', samples: 8 });
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
};

describe('a loss made otherwise is checked as it was made', () => {
  it.each(OPTIONS)('%s', async (_, options) => {
    expect(await failed('digits-cnn', { head: 'arcface', ...options })).toEqual([]);
  });

  it.each(['sum', 'none'] as const)('of tokens: %s', async (reduction) => {
    const weights = [1, 0, 2, 5, 0.3].slice(0, 5);
    const model = await readModel(fixtureModel('token-tagger'));
    const { classes } = rewrite(model, { head: 'cosface' }).tail.weight;
    const classWeights = Array.from({ length: classes }, (_, j) => weights[j % weights.length] ?? 1);
    expect(await failed('token-tagger', { head: 'cosface', reduction, classWeights })).toEqual([]);
  });

  it.each(['sum', 'none'] as const)('of binary questions: %s', async (reduction) => {
    expect(await failed('digits-cnn', { head: 'sphereface2', reduction })).toEqual([]);
  });

  it('one loss a sample has the shape of the labels', async () => {
    const model = await readModel(fixtureModel('token-tagger'));
    const { train } = rewrite(model, { head: 'cosface', reduction: 'none' });
    const [loss, logits] = train.proto.graph?.output ?? [];
    const dims = (info: typeof loss) =>
      info?.type?.tensorType?.shape?.dim.map((d) => d.dimParam ?? d.dimValue);
    expect(dims(loss)).toEqual(dims(logits)?.slice(0, -1));
    expect(dims(loss)).toHaveLength(2);
  });
});

it('a weight that is not the one that was asked for is found', async () => {
  const model = await readModel(fixtureModel('digits-cnn'));
  const { train } = rewrite(model, { head: 'arcface', classWeights, reduction: 'none' });
  const { graph } = train.proto;
  if (!graph) throw new Error('no graph');
  const initializer = graph.initializer.map((tensor) => {
    if (tensor.name !== 'margin/class_weights') return tensor;
    const { dims, data } = readTensor(train, tensor);
    return makeTensor(
      'margin/class_weights',
      dims,
      Float32Array.from(data as Float32Array, (w, j) => (j === 9 ? w * 1.001 : w)),
    );
  });
  const odd = deriveModel(train, withFields(train.proto, { graph: withFields(graph, { initializer }) }));
  const { checks } = await validate(model, { train: odd }, { provider: 'cpu', samples: 8 });
  const names = checks.filter(({ ok }) => !ok).map(({ name }) => name);
  expect(names).toContain('train loss at the edges');
});
