import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openArrays, readArrays } from '#model/arrays.js';
import { stageFiles } from '#model/write.js';
import { npyBytes } from '../helpers/npy.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const numbers = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));

describe('openArrays', () => {
  it.each([
    ['x.npy', npyBytes(numbers, [4, 2, 3])],
    ['x.npz', zipSync({ 'x.npy': npyBytes(numbers, [4, 2, 3]) })],
  ])('reads the part of %s that is asked for', (name, bytes) => {
    const path = join(scratchFolder(), name);
    writeFileSync(path, bytes);
    const [array] = openArrays(path).values();
    expect(array?.dims).toEqual([4, 2, 3]);
    expect(array?.read(1, 3)).toEqual(numbers.slice(6, 18));
    expect(array?.read(4, 4)).toHaveLength(0);
  });

  it('says so where a file has become shorter', async () => {
    const path = join(scratchFolder(), 'x.npy');
    writeFileSync(path, npyBytes(numbers, [4, 6]));
    const [array] = openArrays(path).values();
    writeFileSync(path, npyBytes(numbers.slice(0, 6), [1, 6]));
    expect((await refusalOf(() => array?.read(0, 4))).saw).toMatch(/shorter/);
  });
});

describe('stageFiles', () => {
  it.each([[[24]], [[4, 6]], [[2, 3, 4]]])('writes arrays of shape %j that are read back', async (dims) => {
    const path = join(scratchFolder(), 'x.npy');
    await (await stageFiles([{ path, array: { dims, data: numbers } }])).commit();
    expect(readArrays(path).get('')).toMatchObject({ element: 'float32', dims, data: numbers });
    // What helpers of tests write is what NumPy writes.
    const [array] = openArrays(path).values();
    expect(array?.read(0, dims[0] ?? 0)).toEqual(numbers);
  });

  it('writes a scalar', async () => {
    const path = join(scratchFolder(), 'x.npy');
    await (await stageFiles([{ path, array: { dims: [], data: Float32Array.of(2.5) } }])).commit();
    expect(readArrays(path).get('')).toMatchObject({ dims: [], data: Float32Array.of(2.5) });
  });
});
