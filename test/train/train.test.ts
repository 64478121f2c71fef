import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { HEADS } from '#heads/index.js';
import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import type { TrainOptions } from '#train/options.js';
import { train } from '#train/train.js';
import type { Trained } from '#train/training.js';
import { validate } from '#validate/validate.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { DIGITS, floatsIn, storedIn, TOKENS } from '../helpers/training.ts';
import { writtenModel } from '../helpers/written-model.ts';

let digits: Model;
beforeAll(async () => {
  digits = await readModel(fixtureModel('digits-cnn'));
});

const weightOf = ({ train: graph }: Trained) => storedIn(graph, 'classifier.weight');

const stepsIn = (checkpoints: string) => readdirSync(checkpoints).filter((name) => name.startsWith('step-'));

/** Trains until after a step, when a signal comes. */
async function interruptedAt(model: Model, options: TrainOptions, step: number) {
  const controller = new AbortController();
  return refusalOf(() =>
    train(model, {
      ...options,
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.phase === 'training' && progress.step === step) controller.abort();
      },
    }),
  );
}

describe('train', () => {
  it.each(HEADS.map(({ name }) => name))(
    'lowers the loss of %s and leaves what it learned in both graphs',
    async (head) => {
      const made = await train(digits, { head, ...DIGITS, epochs: 3 });
      const { history, before, after } = made.training;
      const losses = history.map(({ loss }) => loss);
      expect(losses).toHaveLength(3);
      // The scale of adacos follows the batch: it grows as samples are better told apart, and the loss with it.
      if (head === 'adacos') expect(after.targetAngle).toBeLessThan(before.targetAngle);
      else expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
      expect(after.samples).toBe(99);
      // One of 99 is 1 %: no head may lose more than that of what the classifier knew.
      expect(after.top1).toBeGreaterThanOrEqual(before.top1 - 0.011);
      const { ok, checks } = await validate(digits, made, { provider: 'cpu', samples: 16 });
      expect(ok, JSON.stringify(checks.filter((check) => !check.ok))).toBe(true);
    },
  );

  it('keeps the name and the place of the class rows, and nothing else of the model changes', async () => {
    const made = await train(digits, { head: 'arcface', ...DIGITS, epochs: 1 });
    const plain = rewrite(digits, { head: 'arcface' });
    expect(weightOf(made)).not.toEqual(storedIn(plain.train, 'classifier.weight'));
    const names = (model: Model) => model.proto.graph?.initializer.map(({ name }) => name);
    expect(names(made.train)).toEqual(names(plain.train));
    expect(made.train.proto.graph?.node).toEqual(plain.train.proto.graph?.node);
    expect(made.changes).toEqual(plain.changes);
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const options = { head: 'elasticface', ...DIGITS, epochs: 3 };
    const [first, second, other] = [
      await train(digits, options),
      await train(digits, options),
      await train(digits, { ...options, seed: 1 }),
    ];
    expect(weightOf(second)).toEqual(weightOf(first));
    expect(second.training.history).toEqual(first.training.history);
    expect(weightOf(other)).not.toEqual(weightOf(first));
  });

  it.each([
    ['in the middle of an epoch', 'curricularface', 10, {}],
    ['at the end of one', 'arcface', 14, { patience: 2 }],
    ['while the margin grows', 'cosface', 9, { marginWarmup: 3 }],
    ['while λ falls', 'sphereface', 9, { marginWarmup: 3, optimiser: 'sgd', lr: 0.1 }],
  ] as const)('goes on from where it was stopped %s as if it had not been', async (_, head, step, more) => {
    const options = { head, ...DIGITS, epochs: 4, ...more };
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const whole = await train(digits, options);
    const { code, message } = await interruptedAt(digits, { ...options, checkpoints }, step);
    expect(code).toBe('INTERRUPTED');
    expect(message).toContain(`step-${String(step).padStart(8, '0')}`);
    const rest = await train(digits, { ...options, checkpoints, resume: true });
    expect(weightOf(rest)).toEqual(weightOf(whole));
    expect(rest.training.history).toEqual(whole.training.history);
  });

  it('computes embeddings once, and not again to go on', async () => {
    const options = {
      head: 'arcface',
      ...DIGITS,
      epochs: 1,
      checkpoints: join(scratchFolder(), 'checkpoints'),
    };
    const phases = async (more: Partial<TrainOptions>) => {
      const seen = new Set<string>();
      await train(digits, { ...options, ...more, onProgress: ({ phase }) => seen.add(phase) });
      return seen;
    };
    await interruptedAt(digits, options, 3);
    expect(readdirSync(options.checkpoints)).toContain('embeddings.npy');
    expect(await phases({ resume: true })).not.toContain('embedding');
    // Where training has ended well what it kept is the caller's; of other data embeddings are computed anew.
    for (const name of stepsIn(options.checkpoints))
      rmSync(join(options.checkpoints, name), { recursive: true });
    const data = join(scratchFolder(), 'x.npy');
    const changed = floatsIn(DIGITS.data).map((x) => 1 - x);
    writeFileSync(data, npyBytes(changed, [500, 1, 8, 8]));
    expect(await phases({ data })).toContain('embedding');
  });

  it('says where it stands when it is stopped before the first step', async () => {
    const controller = new AbortController();
    controller.abort();
    const refusal = await refusalOf(() =>
      train(digits, { head: 'arcface', ...DIGITS, signal: controller.signal }),
    );
    expect(refusal).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    expect(refusal.message).toMatch(/nothing of it is kept/);
  });

  it('writes checkpoints that NumPy reads', async () => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    await interruptedAt(digits, { head: 'arcface', ...DIGITS, checkpoints }, 3);
    const [name = ''] = stepsIn(checkpoints);
    expect(readdirSync(join(checkpoints, name)).sort()).toEqual([
      '00-weight.npy',
      '01-weight_mean.npy',
      '02-weight_square.npy',
      'checkpoint.json',
    ]);
    const [weight] = readArrays(join(checkpoints, name, '00-weight.npy')).values();
    expect(weight).toMatchObject({ element: 'float32', dims: [10, 48] });
    const facts = JSON.parse(readFileSync(join(checkpoints, name, 'checkpoint.json'), 'utf8'));
    expect(facts).toMatchObject({
      step: 3,
      recipe: { head: 'arcface', scale: 64, margin: 0.5, classes: 10 },
    });
  });

  it('ends early where nothing is gained, and keeps the best epoch', async () => {
    const options = { head: 'arcface', ...DIGITS, epochs: 40 };
    const { training, ...made } = await train(digits, { ...options, patience: 2 });
    const { history, early, epoch } = training;
    const losses = history.map(({ heldBack }) => heldBack?.loss ?? Number.NaN);
    expect(early).toBe(true);
    expect(history.length).toBe(epoch + 2);
    expect(losses.indexOf(Math.min(...losses))).toBe(epoch - 1);
    expect(training.after.targetAngle).toBe(history[epoch - 1]?.heldBack?.targetAngle);
    expect(made.train).toBeDefined();
  });

  it.each(['random', 'class-means'] as const)('starts from %s rows', async (init) => {
    const { before, after, originalTop1 } = (await train(digits, { head: 'arcface', ...DIGITS, init }))
      .training;
    expect(originalTop1).toBeGreaterThan(0.95);
    // Random rows know nothing: one of ten classes.
    if (init === 'random') expect(before.top1).toBeLessThan(0.5);
    else expect(before.top1).toBeGreaterThan(0.95);
    expect(after.top1).toBeGreaterThan(0.95);
  });

  it('holds back the same part of every class, and may hold back nothing', async () => {
    const options = { head: 'normface', ...DIGITS, epochs: 1 };
    const half = (await train(digits, { ...options, validation: 0.5 })).training;
    expect(half.samples).toEqual({ training: 248, heldBack: 252 });
    const none = (await train(digits, { ...options, validation: 0 })).training;
    expect(none).toMatchObject({ samples: { training: 500, heldBack: 0 }, measuredOn: 'training' });
    expect(none.notes.join()).toMatch(/nothing was held back/);
    expect(none.history[0]?.heldBack).toBeNull();
  });
});

describe('train, of other models', () => {
  it('learns new classes in the place of the old ones', async () => {
    const path = join(scratchFolder(), 'parity.npy');
    const labels = Array.from(readArrays(DIGITS.labels).get('')?.data ?? [], BigInt).map((y) => y % 2n);
    writeFileSync(path, npyBytes(BigInt64Array.from(labels), [500]));
    const options = { head: 'arcface', ...DIGITS, labels: path, classes: 2, scale: 8 };
    const made = await train(digits, { ...options, init: 'class-means' });
    const { before, after, originalTop1 } = made.training;
    expect(originalTop1).toBeNull();
    expect(after.top1).toBeGreaterThan(Math.max(0.9, before.top1 - 0.02));
    expect((await validate(digits, made, { provider: 'cpu', samples: 16 })).ok).toBe(true);
  });

  it('teaches an embedder that never had a classifier', async () => {
    const embedder = await readModel(fixtureModel('embedder'));
    const options = { head: 'subcenter-arcface', ...DIGITS, embedding: 'embedding', classes: 10 };
    const made = await train(embedder, { ...options, epochs: 10 });
    expect(made.training.regime.init).toBe('class-means');
    expect(made.training.after.top1).toBeGreaterThan(0.95);
    expect(made.train.proto.graph?.input.map(({ name }) => name)).toEqual(['image', 'labels']);
    expect((await validate(embedder, made, { provider: 'cpu', samples: 16 })).ok).toBe(true);
  });

  it('takes tokens one by one, and keeps those of a sentence together', async () => {
    const tagger = await readModel(fixtureModel('token-tagger'));
    const made = await train(tagger, { head: 'cosface', ...TOKENS, epochs: 3 });
    const { samples, after } = made.training;
    expect(samples).toEqual({ training: 960, heldBack: 240 });
    expect(after.top1).toBeGreaterThan(0.99);
    expect((await validate(tagger, made, { provider: 'cpu', samples: 16 })).ok).toBe(true);
  });

  it('trains one that begins with its last layer', async () => {
    const model = writtenModel(`opset 17
input x float32 [N, 64]
initializer w float32 [64, 10]
y = MatMul(x, w) # classifier
output y float32 [N, 10]`);
    const data = join(scratchFolder(), 'x.npy');
    writeFileSync(data, npyBytes(floatsIn(DIGITS.data), [500, 64]));
    const made = await train(model, { head: 'normface', ...DIGITS, data, epochs: 5, init: 'class-means' });
    expect(made.training.after.top1).toBeGreaterThan(0.8);
  });

  it.each(['digits-convhead', 'digits-logreg', 'digits-keras', 'digits-dynamo', 'digits-sklearn'])(
    'trains %s',
    async (name) => {
      const model = await readModel(fixtureModel(name));
      const shapes: Readonly<Record<string, readonly number[]>> = {
        'digits-keras': [500, 8, 8, 1],
        'digits-logreg': [500, 64],
        'digits-sklearn': [500, 64],
      };
      const data = join(scratchFolder(), 'x.npy');
      writeFileSync(data, npyBytes(floatsIn(DIGITS.data), shapes[name] ?? [500, 1, 8, 8]));
      const made = await train(model, { head: 'cosface', ...DIGITS, data, epochs: 5 });
      const { before, after } = made.training;
      expect(after.top1).toBeGreaterThanOrEqual(before.top1 - 0.02);
      expect((await validate(model, made, { provider: 'cpu', data, samples: 16 })).ok).toBe(true);
    },
  );
});

describe('train refuses', () => {
  const labelled = (change: (labels: bigint[]) => void) => {
    const path = join(scratchFolder(), 'labels.npy');
    const labels = Array.from(readArrays(DIGITS.labels).get('')?.data ?? [], BigInt);
    change(labels);
    writeFileSync(path, npyBytes(BigInt64Array.from(labels), [labels.length]));
    return { labels: path };
  };
  const pictured = (change: (x: Float32Array) => void) => {
    const path = join(scratchFolder(), 'x.npy');
    const x = floatsIn(DIGITS.data).slice();
    change(x);
    writeFileSync(path, npyBytes(x, [500, 1, 8, 8]));
    return { data: path };
  };

  it.each<[string, () => Partial<TrainOptions>, string, RegExp]>([
    [
      'a label beyond the classes',
      () => labelled((y) => y.fill(10n, 7, 8)),
      'BAD_DATA',
      /0 to 10, 11 different/,
    ],
    ['a label below 0', () => labelled((y) => y.fill(-1n, 7, 8)), 'BAD_DATA', /--ignore-index -1/],
    [
      'labels with gaps',
      () =>
        labelled((y) =>
          y.forEach((each, i) => {
            y[i] = each * 3n;
          }),
        ),
      'BAD_DATA',
      /return_inverse/,
    ],
    ['one class', () => labelled((y) => y.fill(3n)), 'BAD_DATA', /every label is 3/],
    [
      'a class without samples',
      () =>
        labelled((y) =>
          y.forEach((each, i) => {
            y[i] = each === 4n ? 5n : each;
          }),
        ),
      'BAD_DATA',
      /none of class 4/,
    ],
    ['too few labels', () => labelled((y) => y.splice(400)), 'BAD_DATA', /400 labels/],
    ['NaN', () => pictured((x) => x.fill(Number.NaN, 64 * 130 + 5, 64 * 130 + 6)), 'BAD_DATA', /sample 130/],
    [
      'infinity',
      () => pictured((x) => x.fill(Number.POSITIVE_INFINITY, 3, 4)),
      'BAD_DATA',
      /sample 0: Infinity/,
    ],
    [
      'an embedding that overflows',
      () => pictured((x) => x.fill(3e38, 0, 64)),
      'BAD_DATA',
      /embedding of sample 0/,
    ],
    [
      'data of another shape',
      () => ({ data: fixture('data/tokens-test-ids.npy') }),
      'BAD_DATA',
      /\[100, 12\]/,
    ],
    ['a rate of 0', () => ({ lr: 0 }), 'BAD_PARAM', /--lr 0/],
    ['all held back', () => ({ validation: 1 }), 'BAD_PARAM', /\[0, 1\)/],
    ['half an epoch', () => ({ epochs: 1.5 }), 'BAD_PARAM', /whole number/],
    ['original rows of a new head', () => ({ classes: 10, init: 'original' }), 'BAD_USAGE', /class-means/],
    ['to go on from nothing', () => ({ resume: true, checkpoints: '/nowhere' }), 'BAD_USAGE', /\/nowhere/],
  ])('%s', async (_, options, code, tells) => {
    const refusal = await refusalOf(() => train(digits, { head: 'arcface', ...DIGITS, ...options() }));
    expect(refusal.code).toBe(code);
    const { message, saw, expected, tryThis } = refusal;
    expect([message, saw, expected, ...tryThis].join('\n')).toMatch(tells);
  });

  it('but lets classes be empty where it is told to', async () => {
    const options = labelled((y) =>
      y.forEach((each, i) => {
        y[i] = each === 4n ? 5n : each;
      }),
    );
    const { training } = await train(digits, {
      head: 'arcface',
      ...DIGITS,
      ...options,
      allowEmptyClasses: true,
    });
    expect(training.after.top1).toBeGreaterThan(0.9);
  });

  it.each([
    // A decay that is larger than the rows themselves makes them grow: tenfold a step in the first epoch, more in the next.
    ['a loss that is no number', 'softmax', 168, /loss (NaN|-?Infinity) at step 2\d/],
    ['class rows too long to be squared', 'arcface', 40, /e\+[23]\d in weight at step 26/],
  ] as const)('%s, and keeps the last good checkpoint', async (_, head, weightDecay, saw) => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const regime = {
      optimiser: 'sgd',
      momentum: 0,
      lr: 1,
      lrWarmup: 3,
      weightDecay,
      batch: 32,
      epochs: 6,
    } as const;
    const refusal = await refusalOf(() =>
      train(digits, { head, ...DIGITS, ...regime, checkpoints, checkpointEvery: 0 }),
    );
    expect(refusal).toMatchObject({ code: 'DIVERGED', exitCode: 2 });
    expect(refusal.saw).toMatch(saw);
    expect(stepsIn(checkpoints)).toEqual(['step-00000013']);
    expect(refusal.message).toContain('step-00000013');
  });

  it.each<[string, Partial<TrainOptions>, RegExp]>([
    ['another head', { head: 'cosface' }, /head: arcface/],
    ['another margin', { parameters: { margin: 0.3 } }, /margin: 0.5/],
    ['another shape', { classes: 10 }, /init: original|layer/],
    ['another seed', { seed: 4 }, /seed: 0/],
    ['other labels', { labels: 'changed' }, /labels: /],
  ])('a checkpoint of %s', async (_, change, tells) => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const options = { head: 'arcface', ...DIGITS, checkpoints };
    await interruptedAt(digits, options, 2);
    const other = change.labels === undefined ? change : labelled((y) => y.reverse());
    const refusal = await refusalOf(() => train(digits, { ...options, ...other, resume: true }));
    expect(refusal.code).toBe('BAD_USAGE');
    expect(refusal.saw).toMatch(tells);
  });

  it('to begin where another was not finished', async () => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const options = { head: 'arcface', ...DIGITS, checkpoints };
    await interruptedAt(digits, options, 2);
    expect((await refusalOf(() => train(digits, options))).code).toBe('OUTPUT_EXISTS');
  });

  it('a checkpoint that is damaged', async () => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const options = { head: 'arcface', ...DIGITS, checkpoints };
    await interruptedAt(digits, options, 2);
    const [name = ''] = stepsIn(checkpoints);
    writeFileSync(join(checkpoints, name, '00-weight.npy'), npyBytes(new Float32Array(480), [480]));
    const refusal = await refusalOf(() => train(digits, { ...options, resume: true }));
    expect(refusal).toMatchObject({ code: 'BAD_DATA' });
    expect(refusal.saw).toMatch(/00-weight\.npy of float32 \[480\]/);
  });
});
