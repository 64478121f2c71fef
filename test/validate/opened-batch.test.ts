import { beforeAll, describe, expect, it } from 'vitest';
import { fixedBatch } from '#graph/open-batch.js';
import { viewGraph } from '#graph/view.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { inspect } from '#rewrite/inspect.js';
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

/** Numbers that tell apart what is not at its place. */
const wave = (count: number, from: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(from + 7 * i).toFixed(3)).join(', ');

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

  it('is followed where attention has it behind time, together with heads', async () => {
    const attention = writtenModel(`
      opset 17
      input x float32 [1, 6, 16]
      initializer wq float32 [16, 16] = ${wave(256, 1)}
      initializer wo float32 [16, 16] = ${wave(256, 2)}
      initializer token float32 [1, 1, 16] = ${wave(16, 3)}
      initializer w float32 [3, 16] = ${wave(48, 4)}
      initializer heads int64 [3] = 7, 2, 8
      initializer rows int64 [2] = 7, 16
      initializer back int64 [3] = 7, 1, 16
      initializer zero int64 [] = 0
      output y float32 [1, 3]
      all = Concat(token, x) {axis=1}
      t = Transpose(all) {perm=[1, 0, 2]}
      q = MatMul(t, wq)
      qh = Reshape(q, heads)
      a = Transpose(qh) {perm=[1, 0, 2]}
      k = Transpose(a) {perm=[0, 2, 1]}
      scores = MatMul(a, k)
      p = Softmax(scores) {axis=-1}
      h = MatMul(p, a)
      o = Transpose(h) {perm=[1, 0, 2]}
      r = Reshape(o, rows)
      m = MatMul(r, wo)
      b = Reshape(m, back)
      first = Gather(b, zero) {axis=0}
      y = Gemm(first, w) {transB=1}`);
    const { validation } = await checked(attention);
    expect(validation.checks[0]).toMatchObject({ name: 'open batch embedding', ok: true, count: 7 * 16 });
    expect(validation.ok).toBe(true);
  });

  it('is no other than that of a model whose batch was open', async () => {
    const { made, validation } = await checked(digits);
    expect(validation.checks.some(({ name }) => name.startsWith('open batch'))).toBe(false);
    const { openBatch: _, ...closed } = OPEN;
    expect(made.train.proto.graph).toEqual(rewrite(digits, closed).train.proto.graph);
  });

  it('is not said to be proved by as many samples as the model took anyway', async () => {
    const { validation } = await checked(withFixedBatch(digits, 4, 192), 4);
    expect(validation.checks.map(({ name }) => name)).not.toContain('open batch embedding');
    expect(validation.notes).toContain(
      'the batch was opened, and only more than 4 samples at once prove that it could be',
    );
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

  it('is a finding where all have the embedding of the first', async () => {
    const pooled = writtenModel(`
      opset 17
      input x float32 [1, 4]
      initializer w float32 [3, 4] = 1, -1, 0.5, 2, 0.1, 3, -2, 1, 1, 1, -1, 0.3
      output y float32 [1, 3]
      initializer first int64 [1] = 0
      e = Gather(x, first) {axis=0}
      y = Gemm(e, w) {transB=1}`);
    const { validation } = await checked(pooled);
    expect(validation.checks[0]).toMatchObject({ name: 'open batch embedding', ok: false });
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
    expect(inspect(digits).model.batch).toBeNull();
    expect(inspect(withFixedBatch(digits, 2, 192)).model.batch).toBe(2);
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
