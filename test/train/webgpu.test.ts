import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArrays } from '#model/arrays.js';
import { readModel } from '#model/read.js';
import type { TrainOptions } from '#train/options.js';
import { train } from '#train/train.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { DIGITS, floatsIn, storedIn } from '../helpers/training.ts';
import { SOFTWARE_VULKAN, useSoftwareVulkan } from '../helpers/vulkan.ts';

useSoftwareVulkan();

const COUNT = 128;
const HEAD = ['classifier.weight'];
const LAYERS = ['backbone.embed.weight', 'backbone.embed.bias', 'backbone.norm.weight', 'backbone.norm.bias'];

/** The first digits, for a device that is slow. */
function someDigits() {
  const [data, labels] = [join(scratchFolder(), 'x.npy'), join(scratchFolder(), 'y.npy')];
  writeFileSync(data, npyBytes(floatsIn(DIGITS.data).slice(0, 64 * COUNT), [COUNT, 1, 8, 8]));
  const all = BigInt64Array.from(readArrays(DIGITS.labels).get('')?.data ?? [], BigInt);
  writeFileSync(labels, npyBytes(all.slice(0, COUNT), [COUNT]));
  return { data, labels };
}

describe.skipIf(SOFTWARE_VULKAN === null)(
  'train on WebGPU (needs a Vulkan device, such as that of Debian’s chromium)',
  () => {
    it.each<[string, string, Partial<TrainOptions>, readonly string[]]>([
      ['the head, its class rows staying there', 'arcface', { epochs: 2, batch: 32 }, HEAD],
      ['the last layer too', 'arcface', { trainLast: 1, batch: 32 }, [...HEAD, ...LAYERS]],
      [
        'the head over a sample of the classes',
        'dynamic-arcface',
        { sampledClasses: 10, batch: 10, validation: 0.6 },
        HEAD,
      ],
    ])(
      'trains %s, strictly, to what the CPU makes of it',
      async (_, head, more, tensors) => {
        const digits = await readModel(fixtureModel('digits-cnn'));
        const options = { head, ...someDigits(), epochs: 1, optimiser: 'sgd', lr: 0.02, ...more } as const;
        const cpu = await train(digits, { ...options, provider: 'cpu' });
        const gpu = await train(digits, { ...options, provider: 'webgpu' });
        expect(gpu.training.proof).toMatchObject({
          level: 'strict',
          provider: 'webgpu',
          nodes: { fallen: [] },
        });
        // Four to eight steps, each off by about 1e-6 of a gradient that a scale of 64 makes large.
        for (const name of tensors)
          for (const [i, w] of storedIn(cpu.train, name).entries())
            expect(storedIn(gpu.train, name)[i]).toBeCloseTo(w, 3);
      },
      300_000,
    );
  },
);
