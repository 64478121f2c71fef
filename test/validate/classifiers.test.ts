import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import { type Validation, validate } from '#validate/validate.js';
import { shared } from '../helpers/shared.ts';
import { SOFTWARE_VULKAN, useSoftwareVulkan } from '../helpers/vulkan.ts';

/* Real classifiers by many exporters: every one whose verdict is `rewrite` is rewritten and run, with
 * a head of each kind: `validate.test.ts` has every head. */

const folder = shared('models/classifiers/');

/** Models that the manifest leaves open, and which are rewritten. */
const OPEN: ReadonlySet<string> = new Set(['mlperf-kws-int8', 'digits-mlp-functions']);

/** The names of the models in the manifest that are to be rewritten. */
function models(): string[] {
  if (folder === null) return [];
  const [head = '', ...rows] = readFileSync(`${folder}MANIFEST.tsv`, 'utf8').trim().split('\n');
  const column = head.split('\t').indexOf('verdict');
  return rows
    .map((row) => row.split('\t'))
    .flatMap((cells) => (cells[column] === 'rewrite' || OPEN.has(cells[0] ?? '') ? [cells[0] ?? ''] : []));
}

const failedIn = ({ checks }: Validation) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

async function validated(name: string, head: string, provider: 'cpu' | 'webgpu'): Promise<Validation> {
  const model = await readModel(`${folder}${name}.onnx`);
  const labelType = provider === 'webgpu' ? 'int32' : 'int64';
  return validate(model, rewrite(model, { head, labelType }), { provider, samples: 4 });
}

/** Backbones for ImageNet: minutes each on a device made of software, where they were run by hand: docs/gpu.md. */
const HEAVY: ReadonlySet<string> = new Set(['onnx-light-resnet50', 'onnx-light-inception-v1']);

/** One head of each kind: cosines, angles, lengths, states, and a loss of its own. */
const KINDS = ['cosface', 'arcface', 'l-softmax', 'adaface', 'sphereface2'];

describe.skipIf(folder === null)('classifiers (need the shared models folder)', () => {
  it('are there', () => {
    expect(models().length).toBeGreaterThan(15);
  });

  it.each(models())('%s validates on the CPU', async (name) => {
    for (const head of KINDS) {
      const result = await validated(name, head, 'cpu');
      expect(failedIn(result), head).toEqual([]);
    }
  });
});

describe.skipIf(folder === null || SOFTWARE_VULKAN === null)(
  'classifiers on WebGPU (need the shared models folder, and a Vulkan device such as that of Debian’s chromium)',
  () => {
    useSoftwareVulkan();

    it.each(models().filter((name) => !HEAVY.has(name)))('%s', async (name) => {
      expect(failedIn(await validated(name, 'arcface', 'webgpu'))).toEqual([]);
    });
  },
);
