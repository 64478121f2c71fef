import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openArrays, readArrays } from '#model/arrays.js';
import { fixture } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';

function saved(name: string, bytes: Uint8Array): string {
  const path = join(scratchFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

/** A .npy file with this header, whatever it says. */
function headed(header: string, data: Uint8Array): Uint8Array {
  const text = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11, ' ');
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY\x01\x00'),
    Buffer.from([text.length + 1, 0]),
    Buffer.from(`${text}\n`),
    data,
  ]);
}

describe('readArrays', () => {
  it('reads what NumPy wrote', () => {
    const array = readArrays(fixture('data/digits-test-labels.npy')).get('');
    expect(array).toMatchObject({ element: 'int64', dims: [500] });
    expect(array?.data.every((x) => x >= 0 && x < 10)).toBe(true);
  });

  it('reads the arrays of an archive by their names', () => {
    const zip = zipSync({
      'a.npy': npyBytes(Float32Array.of(1, 2), [2]),
      'b.npy': npyBytes(Int32Array.of(3), [1, 1]),
    });
    const arrays = readArrays(saved('x.npz', zip));
    expect([...arrays.keys()]).toEqual(['a', 'b']);
    expect(arrays.get('b')).toMatchObject({ element: 'int32', dims: [1, 1], data: Int32Array.of(3) });
  });

  it('reads float16 as the numbers that it holds, and bool as 0 and 1', () => {
    const halves = headed(
      "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }",
      Uint8Array.of(0, 0x3c, 0, 0xc0),
    );
    expect(readArrays(saved('h.npy', halves)).get('')).toMatchObject({
      element: 'float16',
      data: Float32Array.of(1, -2),
    });
    const bools = headed("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(1, 0));
    expect(readArrays(saved('b.npy', bools)).get('')).toMatchObject({
      element: 'bool',
      data: Uint8Array.of(1, 0),
    });
  });

  it.each([
    ['no array', Buffer.from('hello')],
    ['nothing', Buffer.from('')],
    ['a cut archive', zipSync({ 'a.npy': npyBytes(Float32Array.of(1), [1]) }).subarray(0, 30)],
    ['text', headed("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }", Buffer.alloc(12))],
    ['Fortran order', headed("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", Buffer.alloc(16))],
    [
      'big-endian numbers',
      headed("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", Buffer.alloc(4)),
    ],
    [
      'fewer numbers than it says',
      headed("{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }", Buffer.alloc(16)),
    ],
    ['half a number', headed("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", Buffer.alloc(3))],
    [
      'a shape that is none',
      headed("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", Buffer.alloc(4)),
    ],
  ])('refuses %s', async (_, bytes) => {
    const { code, exitCode } = await refusalOf(() => readArrays(saved('x.npy', bytes)));
    expect({ code, exitCode }).toEqual({ code: 'BAD_DATA', exitCode: 2 });
  });

  it('refuses one that is written to between two readings', async () => {
    const path = saved('x.npy', npyBytes(Float32Array.of(1, 2, 3, 4), [4]));
    utimesSync(path, 0, 0); // A clock of files may stand still for some milliseconds.
    const [array] = openArrays(path).values();
    expect(array?.read(0, 2)).toEqual(Float32Array.of(1, 2));
    writeFileSync(path, npyBytes(Float32Array.of(5, 6, 7, 8), [4]));
    const { code, saw } = await refusalOf(() => array?.read(2, 4));
    expect({ code, saw }).toEqual({
      code: 'BAD_DATA',
      saw: 'a file that was written to since it was opened',
    });
  });

  it('refuses a file that is not there', async () => {
    expect((await refusalOf(() => readArrays('/nowhere/x.npy'))).code).toBe('BAD_DATA');
  });
});
