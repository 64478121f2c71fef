import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import type { TrainOptions } from '#train/options.js';
import { sampleClasses } from '#train/sampling.js';
import { train } from '#train/train.js';
import { validate } from '#validate/validate.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { DIGITS, storedIn } from '../helpers/training.ts';

describe('the classes of a step', () => {
  const LABELS = Int32Array.of(7, 3, 7, -100, 19);

  it('are those of its labels and others, each once and in order', () => {
    const { rows, labels } = sampleClasses(LABELS, 20, 8, 1);
    expect(new Set(rows).size).toBe(8);
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
    expect([...labels].map((place) => rows[place])).toEqual([7, 3, 7, undefined, 19]);
    expect(labels[3]).toBe(-100);
  });

  it('are the same for the same seed, and all where all are asked for', () => {
    expect(sampleClasses(LABELS, 20, 8, 1)).toEqual(sampleClasses(LABELS, 20, 8, 1));
    expect(sampleClasses(LABELS, 20, 8, 2).rows).not.toEqual(sampleClasses(LABELS, 20, 8, 1).rows);
    const all = sampleClasses(LABELS, 20, 20, 1);
    expect([...all.rows.keys()]).toEqual([...all.rows]);
    expect(all.labels).toEqual(LABELS);
    expect([...sampleClasses(LABELS, 20, 3, 1).rows]).toEqual([3, 7, 19]);
  });

  it('are drawn evenly', () => {
    const counts = new Array<number>(20).fill(0);
    const draws = 4000;
    for (let seed = 0; seed < draws; seed++)
      for (const row of sampleClasses(LABELS, 20, 8, seed).rows) counts[row] = (counts[row] ?? 0) + 1;
    const others = counts.filter((_, label) => ![3, 7, 19].includes(label));
    expect(counts[3]).toBe(draws);
    // 5 of 17 each; five standard deviations of a share of 4,000 draws are 0.036.
    for (const count of others) expect(Math.abs(count / draws - 5 / 17)).toBeLessThan(0.036);
  });
});

let digits: Model;
beforeAll(async () => {
  digits = await readModel(fixtureModel('digits-cnn'));
});

/** Steps short enough for every class to be wanted by a sample of all. */
const SMALL = { ...DIGITS, batch: 10 } as const;

describe('train, over a sample of the classes', () => {
  it.each<[string, Partial<TrainOptions>]>([
    ['cosface', {}],
    ['softmax', { optimiser: 'sgd', lr: 0.1 }],
    ['subcenter-arcface', { clipNorm: 1 }],
    ['dynamic-arcface', {}],
    ['sphereface2', {}],
    ['curricularface', { trainLast: 1 }],
  ])('of all of them, %s is what it is without', async (head, more) => {
    const options = { head, ...SMALL, epochs: 2, ...more };
    const plain = await train(digits, options);
    const sampled = await train(digits, { ...options, sampledClasses: 10 });
    expect(sampled.training.history).toEqual(plain.training.history);
    for (const name of ['classifier.weight', 'margin/weight']) {
      if (!plain.train.proto.graph?.initializer.some((each) => each.name === name)) continue;
      expect(storedIn(sampled.train, name)).toEqual(storedIn(plain.train, name));
    }
  });

  it('changes the rows of those that it sees, and no others', async () => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const controller = new AbortController();
    const options = { head: 'normface', parameters: { scale: 8 }, ...SMALL, batch: 4, sampledClasses: 6 };
    const refusal = await refusalOf(() =>
      train(digits, {
        ...options,
        optimiser: 'sgd',
        checkpoints,
        signal: controller.signal,
        onProgress: ({ phase }) => phase === 'training' && controller.abort(),
      }),
    );
    expect(refusal.code).toBe('INTERRUPTED');
    const folder = join(checkpoints, 'step-00000001');
    const stored = (ending: string): ArrayLike<number> => {
      const name = readdirSync(folder).find((each) => each.endsWith(ending)) ?? '';
      return readArrays(join(folder, name)).get('')?.data as Float32Array;
    };
    const before = storedIn(digits, 'classifier.weight');
    const changed = (now: ArrayLike<number>, was: ArrayLike<number>) =>
      Array.from({ length: 10 }, (_, j) => j).filter((j) =>
        Array.from({ length: 48 }, (_, k) => j * 48 + k).some((at) => now[at] !== was[at]),
      );
    const rows = changed(stored('-weight.npy'), before);
    expect(rows).toHaveLength(6);
    expect(changed(stored('weight_velocity.npy'), new Float32Array(480))).toEqual(rows);
  });

  it('learns, goes on from where it was stopped, and leaves graphs that hold what it learned', async () => {
    const checkpoints = join(scratchFolder(), 'checkpoints');
    const options = { head: 'arcface', ...SMALL, batch: 5, sampledClasses: 6, epochs: 3 };
    const whole = await train(digits, options);
    const { history, after } = whole.training;
    expect(history.at(-1)?.loss).toBeLessThan(history[0]?.loss ?? 0);
    expect(after.top1).toBeGreaterThan(0.95);
    expect((await validate(digits, whole, { provider: 'cpu', samples: 16 })).ok).toBe(true);
    const controller = new AbortController();
    await refusalOf(() =>
      train(digits, {
        ...options,
        checkpoints,
        signal: controller.signal,
        onProgress: (each) => each.phase === 'training' && each.step === 100 && controller.abort(),
      }),
    );
    const rest = await train(digits, { ...options, checkpoints, resume: true });
    expect(rest.training.history).toEqual(history);
    expect(storedIn(rest.train, 'classifier.weight')).toEqual(storedIn(whole.train, 'classifier.weight'));
  });

  it.each([
    ['fewer than a batch may have', { batch: 8, sampledClasses: 6 }, /from 8 to 10/],
    ['more than there are', { sampledClasses: 11 }, /to 10/],
    ['half a class', { batch: 4, sampledClasses: 6.5 }, /whole number/],
  ] as const)('refuses %s', async (_, options, expected) => {
    const refusal = await refusalOf(() => train(digits, { head: 'arcface', ...DIGITS, ...options }));
    expect(refusal.code).toBe('BAD_PARAM');
    expect(refusal.expected).toMatch(expected);
  });
});
