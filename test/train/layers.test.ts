import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import type { TrainOptions } from '#train/options.js';
import { train } from '#train/train.js';
import { validate } from '#validate/validate.js';
import { withFixedBatch } from '../helpers/fixed-batch.ts';
import { fixtureModel } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { DIGITS, floatsIn, storedIn, TOKENS } from '../helpers/training.ts';
import { writtenModel } from '../helpers/written-model.ts';

let digits: Model;
beforeAll(async () => {
  digits = await readModel(fixtureModel('digits-cnn'));
});

const labelsOf = (path: string) => Array.from(readArrays(path).get('')?.data ?? [], BigInt);

function labelled(labels: readonly bigint[], dims: readonly number[]): string {
  const path = join(scratchFolder(), 'labels.npy');
  writeFileSync(path, npyBytes(BigInt64Array.from(labels), dims));
  return path;
}

/** The last layer of the digits, with the normalisation behind it. */
const LAST = ['backbone.embed.weight', 'backbone.embed.bias', 'backbone.norm.weight', 'backbone.norm.bias'];
const CONVOLUTION = ['onnx::Conv_54', 'onnx::Conv_55'];

const initializersOf = ({ proto }: Model) => proto.graph?.initializer.map(({ name = '' }) => name) ?? [];

describe('train, with layers before the head', () => {
  it.each<[Pick<TrainOptions, 'trainFrom' | 'trainLast'>, readonly string[]]>([
    [{ trainLast: 1 }, LAST],
    [{ trainLast: 2 }, [...CONVOLUTION, ...LAST]],
    [{ trainFrom: '/backbone/norm/BatchNormalization' }, LAST.slice(2)],
  ])('%j learns them in both graphs, and nothing else', async (from, layers) => {
    const made = await train(digits, { head: 'arcface', ...DIGITS, ...from, epochs: 3 });
    const { history, layers: told } = made.training;
    expect([...told].sort()).toEqual([...layers].sort());
    expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss ?? 0);
    for (const graph of [made.train, made.infer]) {
      const kept = initializersOf(digits).filter((name) => initializersOf(graph).includes(name));
      const changed = kept.filter((name) => storedIn(graph, name).join() !== storedIn(digits, name).join());
      expect(changed.filter((name) => name !== 'classifier.weight').sort()).toEqual([...layers].sort());
    }
    for (const name of layers) expect(storedIn(made.infer, name)).toEqual(storedIn(made.train, name));
    const { ok, checks } = await validate(digits, made, { provider: 'cpu', samples: 16 });
    expect(checks.find(({ name }) => name === 'infer embedding')?.against).toBe('trained layers');
    expect(ok, JSON.stringify(checks.filter((check) => !check.ok))).toBe(true);
  });

  it('measures what the written graphs give', async () => {
    const options = { head: 'cosface', ...DIGITS, trainLast: 1, epochs: 2, validation: 0 };
    const made = await train(digits, options);
    const { before, after } = made.training;
    const { data } = await validate(digits, made, { ...DIGITS, samples: 500 });
    expect(after.top1).toBe(data?.top1?.cosine);
    // Both in float64, from embeddings that two graphs of the same layers gave: rounding of float32, in degrees.
    expect(after.targetAngle).toBeCloseTo(data?.targetAngle ?? 0, 4);
    expect(after.pairs?.eer).not.toBe(before.pairs?.eer);
  });

  it('gives other embeddings to new classes, which a head alone cannot', async () => {
    const parity = labelsOf(DIGITS.labels).map((y) => y % 2n);
    const labels = labelled(parity, [500]);
    const options = { head: 'cosface', ...DIGITS, labels, classes: 2, parameters: { scale: 16 } };
    const [alone, one, two] = [
      (await train(digits, { ...options, epochs: 10 })).training,
      (await train(digits, { ...options, epochs: 10, trainLast: 1 })).training,
      (await train(digits, { ...options, epochs: 10, trainLast: 2 })).training,
    ];
    expect(alone.after.pairs).toEqual(alone.before.pairs);
    // The figures of docs/training.md; another processor rounds otherwise, and steps carry that on.
    expect(alone.after.pairs?.eer).toBeCloseTo(0.449, 3);
    expect(one.after.pairs?.eer).toBeCloseTo(0.199, 1);
    expect(two.after.pairs?.eer).toBeCloseTo(0.147, 1);
    expect(two.after.top1).toBeGreaterThan(0.95);
  });

  it('goes on from where it was stopped as if it had not been', async () => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const options = { head: 'curricularface', ...DIGITS, trainLast: 2, epochs: 3, patience: 1 };
    const whole = await train(digits, options);
    const controller = new AbortController();
    const stopped = refusalOf(() =>
      train(digits, {
        ...options,
        checkpoints,
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === 'training' && progress.step === 9) controller.abort();
        },
      }),
    );
    expect((await stopped).code).toBe('INTERRUPTED');
    expect(readdirSync(checkpoints).sort()).toEqual([
      'cut-0.npy',
      'embeddings.json',
      'embeddings.npy',
      'step-00000009',
    ]);
    const phases = new Set<string>();
    const rest = await train(digits, {
      ...options,
      checkpoints,
      resume: true,
      onProgress: ({ phase }) => phases.add(phase),
    });
    expect(phases).not.toContain('embedding');
    for (const name of ['classifier.weight', ...CONVOLUTION, ...LAST])
      expect(storedIn(rest.train, name)).toEqual(storedIn(whole.train, name));
    expect(rest.training.history).toEqual(whole.training.history);
    const other = await refusalOf(() =>
      train(digits, { ...options, trainLast: 1, checkpoints, resume: true }),
    );
    expect(other).toMatchObject({ code: 'BAD_USAGE' });
    expect(other.saw).toContain('layersBefore: ["onnx::Conv_54"');
  });

  it('feeds whole sentences where tokens are classified, and leaves out what has no class', async () => {
    const tagger = await readModel(fixtureModel('token-tagger'));
    const tags = labelsOf(TOKENS.labels);
    // The first sentence has no token with a class, the second has one.
    const some = tags.map((tag, i) => (i < 12 || (i > 12 && i < 24) ? -100n : tag));
    const options = { ...TOKENS, labels: labelled(some, [100, 12]), trainLast: 1, epochs: 5 };
    // At a scale of 64 tokens that are all told apart have no loss.
    const made = await train(tagger, { head: 'cosface', parameters: { scale: 8 }, ...options });
    const { samples, after, before, history, layers } = made.training;
    expect(samples.training + samples.heldBack).toBe(99);
    expect(before.samples % 12).toBeLessThanOrEqual(1);
    expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss ?? 0);
    expect(layers).not.toEqual([]);
    expect(after.top1).toBeGreaterThanOrEqual(before.top1 - 0.01);
    expect((await validate(tagger, made, { provider: 'cpu', samples: 16 })).ok).toBe(true);
  });

  it.each(['digits-convhead', 'digits-keras', 'digits-dynamo'])(
    'trains the last layer of %s',
    async (name) => {
      const model = await readModel(fixtureModel(name));
      const data = join(scratchFolder(), 'x.npy');
      const dims = name === 'digits-keras' ? [500, 8, 8, 1] : [500, 1, 8, 8];
      writeFileSync(data, npyBytes(floatsIn(DIGITS.data), dims));
      const made = await train(model, { head: 'arcface', ...DIGITS, data, trainLast: 1, epochs: 3 });
      const { history, before, after } = made.training;
      expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss ?? 0);
      expect(after.top1).toBeGreaterThanOrEqual(before.top1 - 0.02);
      expect((await validate(model, made, { provider: 'cpu', data, samples: 16 })).ok).toBe(true);
    },
  );

  it('learns slower there than in the head, as it is told', async () => {
    const moved = async (layersRate: number) => {
      const options = { head: 'normface', ...DIGITS, trainLast: 1, epochs: 1, optimiser: 'sgd' } as const;
      const made = await train(digits, { ...options, momentum: 0, lr: 1e-3, layersRate });
      const [now, was] = [
        storedIn(made.train, 'backbone.embed.bias'),
        storedIn(digits, 'backbone.embed.bias'),
      ];
      return Math.hypot(...now.map((x, i) => x - (was[i] ?? 0)));
    };
    const [one, tenth] = [await moved(1), await moved(0.1)];
    // In steps as short as these the gradients stay what they are.
    expect(one / tenth).toBeGreaterThan(8);
    expect(one / tenth).toBeLessThan(12);
  });

  it('opens a fixed batch where it is told to, and then learns what it learns of an open one', async () => {
    const options = { head: 'arcface', ...DIGITS, trainLast: 2, epochs: 2 };
    const open = await train(digits, options);
    const fixed = await train(withFixedBatch(digits, 1, 192), { ...options, openBatch: true });
    expect(fixed.training.history).toEqual(open.training.history);
    for (const name of [...LAST, ...CONVOLUTION])
      expect(storedIn(fixed.infer, name)).toEqual(storedIn(open.infer, name));
  });

  it('opens no batch in which samples have a part in each other', async () => {
    const mixing = writtenModel(`opset 17
      input x float32 [1, 1, 8, 8]
      initializer w float32 [10, 64]
      output y float32 [1, 10]
      mean = ReduceMean(x) {axes=[0], keepdims=1}
      h = Sub(x, mean)
      e = Flatten(h)
      y = Gemm(e, w) {transB=1}`);
    const refusal = await refusalOf(() =>
      train(mixing, { head: 'arcface', ...DIGITS, openBatch: true, epochs: 1 }),
    );
    expect(refusal.code).toBe('UNSUPPORTED_MODEL');
    expect(refusal.saw).toMatch(/^embeddings of 8 samples at once that are off by /);
  });

  it('refuses a model that takes a fixed number of samples', async () => {
    const fixed = writtenModel(`opset 17
input x float32 [4, 64]
initializer w1 float32 [64, 8]
initializer w float32 [8, 10]
one = MatMul(x, w1) # first
y = MatMul(one, w) # classifier
output y float32 [4, 10]`);
    const data = join(scratchFolder(), 'x.npy');
    writeFileSync(data, npyBytes(floatsIn(DIGITS.data), [500, 64]));
    const refusal = await refusalOf(() => train(fixed, { head: 'arcface', ...DIGITS, data, trainLast: 1 }));
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED_MODEL', saw: '4 samples at a time' });
    expect((await train(fixed, { head: 'arcface', ...DIGITS, data, epochs: 1 })).training.layers).toEqual([]);
  });

  it.each<[string, Partial<TrainOptions>, string]>([
    ['a node that is not there', { trainFrom: 'nowhere' }, 'BAD_PARAM'],
    ['more layers than there are', { trainLast: 9 }, 'BAD_PARAM'],
    ['both at once', { trainFrom: '#1', trainLast: 1 }, 'BAD_PARAM'],
    ['no rate', { trainLast: 1, layersRate: 0 }, 'BAD_PARAM'],
  ])('refuses %s', async (_, options, code) => {
    const refusal = await refusalOf(() => train(digits, { head: 'arcface', ...DIGITS, ...options }));
    expect(refusal.code).toBe(code);
  });
});
