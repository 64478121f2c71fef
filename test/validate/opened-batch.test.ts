import { beforeAll, describe, expect, it } from 'vitest';
import { fixedBatch } from '#graph/open-batch.js';
import { viewGraph } from '#graph/view.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { type RewriteOptions, rewrite } from '#rewrite/rewrite.js';
import { validate } from '#validate/validate.js';
import { withFixedBatch } from '../helpers/fixed-batch.ts';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { shared } from '../helpers/shared.ts';
import { writtenModel } from '../helpers/written-model.ts';

const OPEN = { head: 'arcface', openBatch: true } as const satisfies RewriteOptions;

let digits: Model;
beforeAll(async () => {
  digits = await readModel(fixtureModel('digits-cnn'));
});

const checked = async (model: Model, samples = 7) => {
  const made = rewrite(model, OPEN);
  return { made, validation: await validate(model, made, { provider: 'cpu', samples }) };
};

describe('a batch that is opened', () => {
  it.each([1, 4])('of %i gives many samples at once what it gave that many', async (size) => {
    const { made, validation } = await checked(withFixedBatch(digits, size, 192));
    const [check] = validation.checks;
    expect(check).toMatchObject({ name: 'open batch embedding', ok: true, count: 7 * 48 });
    expect(check?.against).toBe(`the original, ${size} at a time`);
    expect(validation.ok).toBe(true);
    for (const graph of [made.train, made.infer]) expect(fixedBatch(viewGraph(graph))).toBeNull();
  });

  it('is no other than that of a model whose batch was open', async () => {
    const { made, validation } = await checked(digits);
    expect(validation.checks.some(({ name }) => name.startsWith('open batch'))).toBe(false);
    const { openBatch: _, ...closed } = OPEN;
    expect(made.train.proto.graph).toEqual(rewrite(digits, closed).train.proto.graph);
  });

  it('is a finding where samples have a part in each other', async () => {
    const mixing = writtenModel(`
      opset 17
      input x float32 [1, 4]
      initializer w float32 [3, 4] = 1, -1, 0.5, 2, 0.1, 3, -2, 1, 1, 1, -1, 0.3
      output y float32 [1, 3]
      mean = ReduceMean(x) {axes=[0], keepdims=1}
      h = Sub(x, mean)
      e = Add(h, x)
      y = Gemm(e, w) {transB=1}`);
    const { validation } = await checked(mixing);
    expect(validation.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
      'open batch embedding',
    ]);
  });

  it('is a refusal where the model does not run so', async () => {
    const fixed = writtenModel(`
      opset 17
      input x float32 [2, 4]
      initializer each float32 [2, 4]
      initializer w float32 [3, 4] = 1, -1, 0.5, 2, 0.1, 3, -2, 1, 1, 1, -1, 0.3
      output y float32 [2, 3]
      e = Add(x, each)
      y = Gemm(e, w) {transB=1}`);
    const { code, message, tryThis } = await refusalOf(() => checked(fixed));
    expect(code).toBe('UNSUPPORTED_MODEL');
    expect(message).toMatch(/cannot be opened/);
    expect(tryThis[0]).toMatch(/leave --open-batch out/);
  });

  it('is offered where it is not asked for', () => {
    const messages = (model: Model) =>
      rewrite(model, { head: 'arcface' }).warnings.flatMap(({ code, message }) =>
        code === 'BATCH_FIXED' ? [message] : [],
      );
    expect(messages(digits)).toEqual([]);
    expect(messages(withFixedBatch(digits, 1, 192))).toEqual([
      'the model takes one sample at a time, and so do both graphs: --open-batch lets them take any number',
    ]);
  });
});

const folder = shared('models/classifiers/');

describe.skipIf(folder === null)(
  'classifiers that take one sample at a time (need the shared models)',
  () => {
    it.each([
      'onnx-light-inception-v1',
      'onnx-light-resnet50',
      'mlperf-kws-float',
      'mlperf-kws-int8',
      'mnist-cntk',
      'mnist-mlp-onnx-mlir',
      'acasxu-1_1',
    ])('%s takes any number', async (name) => {
      const { validation } = await checked(await readModel(`${folder}${name}.onnx`), 3);
      expect(validation.checks[0]?.name).toBe('open batch embedding');
      expect(validation.checks.filter(({ ok }) => !ok)).toEqual([]);
    });
  },
);
