import { expect, it } from 'vitest';
import { input, reduceSum } from '#expr/build.js';
import { evaluate } from '#expr/evaluate.js';
import { tensor } from '#expr/kernels.js';
import { upperMedian } from '#heads/median.js';

const FLOOR = -9;

/** The median of numbers, of which those with a weight of 0 do not count; in a batch of `[1, N]` tokens or of N. */
function medianOf(x: readonly number[], weights: readonly number[], tokens: boolean): number | undefined {
  const shape = tokens ? ['N', 'T', 1] : ['N', 1];
  const [column, counts] = [input('x', 'float32', shape), input('counts', 'float32', shape)];
  const median = upperMedian(column, FLOOR, { counts, counted: reduceSum(counts, undefined, false) });
  const dims = tokens ? [1, x.length, 1] : [x.length, 1];
  const [value] = evaluate([median], { x: tensor(x, dims), counts: tensor(weights, dims) });
  return value?.data[0];
}

it('is the larger of the two in the middle, of what counts', () => {
  for (let count = 1; count < 30; count++) {
    // Repeated values, negative ones and ones that do not count, anywhere.
    const x = Array.from({ length: count }, (_, i) => ((i * 7 + count) % 11) - 8);
    const weights = x.map((_, i) => (i === 0 || (i * 5 + count) % 3 > 0 ? 1 : 0));
    const sorted = x.filter((_, i) => weights[i] === 1).toSorted((a, b) => b - a);
    const expected = sorted[Math.floor((sorted.length - 1) / 2)];
    expect(medianOf(x, weights, false), `of ${x} by ${weights}`).toBe(expected);
    expect(medianOf(x, weights, true), `of tokens ${x} by ${weights}`).toBe(expected);
  }
});
