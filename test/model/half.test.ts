import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '#model/half.js';

describe('float16', () => {
  it('comes back from every number that it holds', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalf(bits);
      if (!Number.isNaN(value)) expect(toHalf(value), `${value}`).toBe(bits);
    }
    expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
  });

  it.each([
    [1 + 2 ** -11, 1], // ties to even, down
    [1 + 3 * 2 ** -11, 1 + 2 ** -9], // and up
    [1 + 2 ** -11 + 2 ** -30, 1 + 2 ** -10],
    [65519, 65504],
    [65520, Infinity],
    [-1e9, -Infinity],
    [2 ** -25, 0],
    [2 ** -25 * 1.01, 2 ** -24],
    [2 ** -14 - 2 ** -26, 2 ** -14],
  ])('%d is rounded to %d', (x, rounded) => {
    expect(fromHalf(toHalf(x))).toBe(rounded);
  });
});
