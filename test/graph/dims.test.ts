import { describe, expect, it } from 'vitest';
import { axisOf, broadcast, ofLength, plausible, product, reshaped } from '#graph/dims.js';
import type { Dim, Shape } from '#graph/value-info.js';

const shape = (...dims: readonly Dim[]): Shape => dims;

it('an axis is counted from the front or the back', () => {
  expect([axisOf(1, 4), axisOf(-1, 4), axisOf(-9, 4)]).toEqual([1, 3, -5]);
});

it.each([
  [shape(), 1],
  [shape(2, 3), 6],
  [shape('N'), 'N'],
  [shape('N', 1, 1), 'N'],
  [shape('N', 2), null],
  [shape('N', 'M'), null],
  [shape(null), null],
  [shape(0, 'N'), null],
])('the product of %j is %j', (dims, expected) => {
  expect(product(dims)).toBe(expected);
});

it.each([
  [[shape(2, 3)], [2, 3]],
  [
    [shape(2, 3), shape(3)],
    [2, 3],
  ],
  [
    [shape(2, 1), shape(1, 3)],
    [2, 3],
  ],
  [[shape(), shape()], []],
  [
    [shape('N', 3), shape(3)],
    ['N', 3],
  ],
  [
    [shape('N', 3), shape('N', 1)],
    ['N', 3],
  ],
  [[shape('N'), shape('M')], [null]],
  [[shape('N'), shape(3)], [3]],
  [
    [shape(null, 3), shape(1, 1)],
    [null, 3],
  ],
  [[shape(0), shape(1)], [0]],
  [[shape(2), null], null],
  [[], []],
] as const)('%j broadcast to %j', (shapes, expected) => {
  expect(broadcast(shapes)).toEqual(expected);
});

describe('a reshape', () => {
  it.each([
    [shape(2, 3, 4), [6, 4], [6, 4]],
    [shape(2, 3, 4), [0, -1], [2, 12]],
    [shape('N', 512, 1, 1), [-1, 512], ['N', 512]],
    [shape('N', 512, 1, 1), [0, -1], ['N', 512]],
    [shape('N', 512, 1, 1), [-1, 256], [null, 256]],
    [shape('N', 'T', 8), [0, 0, 2, 4], ['N', 'T', 2, 4]],
    [shape(5), [0, 0], [5, null]],
    [shape(7), [-1, 2], [null, 2]],
    [shape(0, 4), [-1, 0], [0, 4]],
    [null, [0, -1, 8], [null, null, 8]],
    [shape(6), [], []],
  ] as const)('of %j to %j is %j', (from, target, expected) => {
    expect(reshaped(from, target, false)).toEqual(expected);
  });

  it('takes a 0 for what it is where it may', () => {
    expect(reshaped([0, 4], [4, 0], true)).toEqual([4, 0]);
  });
});

it('the length of a list of sizes is a rank, within reason', () => {
  expect([ofLength(2), ofLength(0), ofLength('N'), ofLength(null), ofLength(-1), ofLength(2 ** 40)]).toEqual([
    [null, null],
    [],
    null,
    null,
    null,
    null,
  ]);
});

it('sizes and ranks that cannot be count as unknown', () => {
  expect(plausible([0, 5, 'N', null, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])).toEqual([
    0,
    5,
    'N',
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
  expect([
    plausible(null),
    plausible(new Array(64).fill(1))?.length,
    plausible(new Array(65).fill(1)),
  ]).toEqual([null, 64, null]);
});
