import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { floatRows } from '#model/float-rows.js';
import { scratchFolder } from '../helpers/scratch.ts';

const rowsFrom = (first: number, count: number) =>
  Float32Array.from({ length: count * 3 }, (_, i) => first * 3 + i);

describe('floatRows', () => {
  it.each([
    ['in memory', 1e6],
    ['in a file from the start', 0],
    ['in memory until it is too large', 40],
  ])('gives rows in any order, %s', (_, most) => {
    const path = join(scratchFolder(), 'rows');
    const table = floatRows(3, path, most);
    table.append(rowsFrom(0, 2));
    table.append(new Float32Array(0));
    table.append(rowsFrom(2, 1));
    table.append(rowsFrom(3, 4));
    expect(table.count).toBe(7);
    expect(existsSync(path)).toBe(most < 84);
    expect([...table.gather([6, 0, 2, 6])]).toEqual([18, 19, 20, 0, 1, 2, 6, 7, 8, 18, 19, 20]);
    const bytes = Buffer.concat([...table.payload().chunks()]);
    expect(bytes).toHaveLength(table.payload().byteLength);
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([...rowsFrom(0, 7)]);
    expect(() => table.gather([7])).toThrow('no row 7');
    expect(() => table.append(new Float32Array(2))).toThrow('no rows of 3');
    table.close();
    expect(existsSync(path)).toBe(false);
  });
});
