import { describe, expect, it } from 'vitest';
import { allowedAt, argmaxOf, compare } from '#validate/compare.js';

const allow = (expected: readonly number[], atol: number, rtol = 0) =>
  allowedAt(expected, { atol, rtol, reason: '' });

describe('compare', () => {
  const expected = [1, -2, 3, 4, 5, 60];

  it('finds the number that is furthest off, measured by what is allowed there', () => {
    const got = [1, -2.25, 3, 4, 5, 61];
    const result = compare(got, expected, [2, 3], allow(expected, 0.5, 0.05));
    expect(result.ok).toBe(true);
    expect(result.worst).toEqual({
      abs: 0.25,
      rel: 0.125,
      allowed: 0.6,
      where: [0, 1],
      got: -2.25,
      expected: -2,
    });
    expect(result.leastTolerance).toBeCloseTo(0.25 / 0.6, 12);
  });

  it('tells how far all numbers are off', () => {
    const { spread } = compare([1, -2, 3.5, 4, 5, 60], expected, [2, 3], allow(expected, 1));
    expect(spread).toMatchObject({
      meanAbs: 0.5 / 6,
      p99Abs: 0.5,
      maxAbs: 0.5,
      maxRel: 0.5 / 3,
      nonFinite: 0,
    });
    expect(spread.maxUlp).toBe(0.5 / 2 ** -22);
  });

  it('fails where one number is out of tolerance, and says the least that would pass', () => {
    const { ok, leastTolerance, count } = compare(
      [1, -2, 3, 4, 5, 60.02],
      expected,
      [6],
      allow(expected, 0.01),
    );
    expect(ok).toBe(false);
    expect(count).toBe(6);
    expect(leastTolerance).toBeCloseTo(2, 6);
  });

  it('allows nothing where nothing is allowed', () => {
    expect(compare(expected, expected, [6], allow(expected, 0)).ok).toBe(true);
    expect(compare([1 + 2 ** -52, ...expected.slice(1)], expected, [6], allow(expected, 0)).ok).toBe(false);
  });

  it.each([
    [[Number.NaN], [1]],
    [[1], [Number.NaN]],
    [[Infinity], [1]],
    [[Infinity], [-Infinity]],
    [[1], [Infinity]],
  ])('fails for %j beside %j, whatever is allowed', (got, other) => {
    const { ok, worst, spread } = compare(got, other, [1], [1e300]);
    expect(ok).toBe(false);
    expect(worst?.abs).toBe(Infinity);
    expect(spread.nonFinite).toBe(1);
  });

  it.each([[Number.NaN], [Infinity], [-Infinity]])('takes %d for itself', (x) => {
    expect(compare([x], [x], [1], [0])).toMatchObject({ ok: true, leastTolerance: 0 });
  });

  it('counts rows in which another element is the largest', () => {
    const { spread } = compare([1, 2, 3, 6, 5, 4], [1, 2, 3, 4, 5, 6], [2, 3], allow(expected, 9));
    expect(spread.argmaxFlips).toBe(1);
    expect(compare([1], [1], [], [0]).spread.argmaxFlips).toBeNull();
  });

  it('refuses lists that are not of one length', () => {
    expect(() => compare([1, 2], [1], [1], [0])).toThrow(RangeError);
  });

  it('compares nothing without complaint', () => {
    expect(compare([], [], [0, 3], [])).toMatchObject({ ok: true, count: 0, worst: null });
  });
});

it('argmaxOf gives the first of equals', () => {
  expect(argmaxOf([1, 3, 3, 0, 0, 0], 3)).toEqual([1, 0]);
});
