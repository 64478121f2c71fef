import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { tensorInfo } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import { create } from '#model/codec.js';
import type { Element } from '#model/elements.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { makeTensor } from '#model/tensors.js';
import { samplesFor } from '#validate/samples.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { modelOf } from '../helpers/tiny-model.ts';

/** A model that only declares inputs; `ids` looks up a table of 7 rows. */
function taking(
  inputs: Readonly<Record<string, readonly [Element, readonly (string | number | null)[]]>>,
): Model {
  return modelOf({
    input: Object.entries(inputs).map(([name, [element, shape]]) => tensorInfo(name, element, shape)),
    initializer: [makeTensor('table', [7, 2], new Float32Array(14))],
    node: [
      create('NodeProto', { opType: 'Cast', input: ['ids'], output: ['cast'] }),
      create('NodeProto', { opType: 'Gather', input: ['table', 'cast'], output: ['rows'] }),
    ],
  });
}

const sampled = (model: Model, options: Parameters<typeof samplesFor>[1]) =>
  samplesFor(viewGraph(model), options);

describe('random samples', () => {
  it('are the same for the same seed, and others for another', async () => {
    const view = viewGraph(await readModel(fixtureModel('digits-cnn')));
    const [a, b, c] = [0, 0, 1].map((seed) => samplesFor(view, { samples: 5, seed }));
    expect(a).toEqual(b);
    expect(a?.batches).not.toEqual(c?.batches);
    expect(a).toMatchObject({ sizes: [5], labels: null });
    const image = a?.batches[0]?.['image'];
    expect(image).toMatchObject({ element: 'float32', dims: [5, 1, 8, 8] });
    expect(image?.data.every((x) => x > 0 && x <= 1)).toBe(true);
  });

  it('suit token ids, masks, positions and segments', () => {
    const model = taking({
      ids: ['int64', ['N', 'T']],
      attention_mask: ['int64', ['N', 'T']],
      position_ids: ['int32', ['N', 'T']],
      token_type_ids: ['int64', ['N', 'T']],
    });
    const { batches } = sampled(model, { samples: 3 });
    const [feeds] = batches;
    const length = feeds?.['ids']?.dims[1] ?? 0;
    expect(Object.values(feeds ?? {}).map(({ dims }) => dims)).toEqual(new Array(4).fill([3, length]));
    const numbers = (name: string) => Array.from(feeds?.[name]?.data as Int32Array, Number);
    const ids = numbers('ids');
    expect(Math.max(...ids)).toBeLessThan(7);
    expect(new Set(ids).size).toBeGreaterThan(3);
    expect(numbers('attention_mask').every((x) => x === 1)).toBe(true);
    expect(numbers('position_ids').slice(0, length)).toEqual([...Array(length).keys()]);
    expect(numbers('token_type_ids').every((x) => x === 0)).toBe(true);
  });

  it('come in batches of the size that the model is made for', () => {
    const { batches, sizes } = sampled(taking({ ids: ['int64', [2, 4]], scale: ['float32', []] }), {
      samples: 5,
    });
    expect(sizes).toEqual([2, 2, 2]);
    expect(batches.map((feeds) => feeds['ids']?.dims)).toEqual([
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
    expect(batches[0]?.['scale']?.dims).toEqual([]);
  });

  it.each(['string', 'complex64', 'bfloat16'] as const)('refuse an input of %s', async (element) => {
    const refusal = await refusalOf(() => sampled(taking({ x: [element, ['N']] }), {}));
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED_MODEL', saw: `elements of ${element}` });
  });
});

describe('saved samples', () => {
  const floats = (count: number) => new Float32Array(count).map((_, i) => i);

  it('come from a .npy, with labels from another', async () => {
    const view = viewGraph(await readModel(fixtureModel('digits-cnn')));
    const options = {
      data: fixture('data/digits-test-images.npy'),
      labels: fixture('data/digits-test-labels.npy'),
    };
    const { batches, sizes, labels, notes } = samplesFor(view, options);
    expect(sizes).toEqual([64, 64, 64, 64, 64, 64, 64, 52]);
    expect(batches.at(-1)?.['image']?.dims).toEqual([52, 1, 8, 8]);
    expect(labels?.flat().length).toBe(500);
    expect(notes).toEqual([]);
  });

  it('come from a .npz with an array for each input', () => {
    const path = join(scratchFolder(), 'x.npz');
    const zip = zipSync({
      'a.npy': npyBytes(floats(6), [3, 2]),
      'b.npy': npyBytes(Int32Array.of(1, 2, 3), [3]),
    });
    writeFileSync(path, zip);
    const { batches } = sampled(taking({ b: ['int32', ['N']], a: ['float32', ['N', 2]] }), {
      data: path,
      samples: 2,
    });
    expect(batches).toEqual([
      {
        b: { element: 'int32', dims: [2], data: Int32Array.of(1, 2) },
        a: { element: 'float32', dims: [2, 2], data: floats(4) },
      },
    ]);
  });

  it('are converted from the types that NumPy makes by default, and that is said', () => {
    const path = join(scratchFolder(), 'x.npy');
    writeFileSync(path, npyBytes(Float64Array.of(0.5, 1.5), [2]));
    const { batches, notes } = sampled(taking({ x: ['float32', ['N']] }), { data: path });
    expect(batches[0]?.['x']).toEqual({ element: 'float32', dims: [2], data: Float32Array.of(0.5, 1.5) });
    expect(notes).toEqual([`${path} was converted from float64 to float32`]);
  });

  it.each([
    ['another rank', npyBytes(floats(4), [4]), { x: ['float32', ['N', 4]] }, /\[4\].*\[N, 4\]/],
    ['another size', npyBytes(floats(6), [2, 3]), { x: ['float32', ['N', 4]] }, /\[2, 3\].*\[N, 4\]/],
    ['another type', npyBytes(Int32Array.of(1), [1]), { x: ['float32', ['N']] }, /int32.*float32/],
    [
      'integers too large',
      npyBytes(BigInt64Array.of(2n ** 40n), [1]),
      { x: ['int32', ['N']] },
      /beyond int32/,
    ],
    [
      'one array for two inputs',
      npyBytes(floats(1), [1]),
      { x: ['float32', ['N']], y: ['float32', ['N']] },
      /x, y/,
    ],
    ['too few for a batch', npyBytes(floats(1), [1]), { x: ['float32', [4]] }, /at least 4/],
    ['none at all', npyBytes(floats(0), [0]), { x: ['float32', ['N']] }, /at least 1/],
    ['no array', Buffer.from('hello'), { x: ['float32', ['N']] }, /x\.npy cannot be read/],
  ] as const)('are refused where they are %s', async (_, bytes, inputs, tells) => {
    const path = join(scratchFolder(), 'x.npy');
    writeFileSync(path, bytes);
    const { code, message, saw, expected } = await refusalOf(() => sampled(taking(inputs), { data: path }));
    expect(code).toBe('BAD_DATA');
    expect([message, saw, expected].join(' ')).toMatch(tells);
  });
});
