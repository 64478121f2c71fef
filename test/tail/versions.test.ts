import { describe, expect, it } from 'vitest';
import { rewrite } from '#rewrite/rewrite.js';
import { validate } from '#validate/validate.js';
import { writtenModel } from '../helpers/written-model.ts';

/** Opsets with the first IR version that may carry them. */
const OPSETS: readonly (readonly [opset: number, ir: number])[] = [
  [7, 3],
  [8, 3],
  [9, 4],
  [10, 5],
  [11, 6],
  [12, 7],
  [13, 7],
  [14, 7],
  [15, 8],
  [16, 8],
  [17, 8],
  [18, 8],
  [19, 9],
  [20, 9],
  [21, 10],
  [22, 10],
  [23, 11],
  [24, 11],
  [25, 12],
  [26, 13],
];

/** A classifier with what changed most from opset to opset: softmax over an axis, a sum, a label. */
function classifier(opset: number, ir: number): string {
  // Axes of ReduceMax are an attribute before opset 18, an input from there on.
  const largest =
    opset < 18
      ? ['m = ReduceMax(s) {axes=[1], keepdims=1}']
      : ['initializer axes int64 [1] = 1', 'm = ReduceMax(s, axes) {keepdims=1}'];
  return [
    `opset ${opset}`,
    `ir ${ir}`,
    'input x float32 [N, 4]',
    ...(ir < 4 ? ['input w float32 [3, 4]', 'input b float32 [3]'] : []),
    'initializer w float32 [3, 4] = 1, 0.5, -0.25, 1, -1, -0.5, 0.25, 0.125, 2, -1, 1, -0.75',
    'initializer b float32 [3] = 0.5, -0.25, 0.125',
    's = Gemm(x, w, b) {transB=1}',
    ...largest,
    'z = Sub(s, m)',
    'p = Softmax(z) {axis=1}',
    'l = ArgMax(p) {axis=1}',
    'output p',
    'output l',
  ].join('\n');
}

describe('a classifier of any opset and IR version', () => {
  it.each(OPSETS)('opset %i, IR %i is rewritten, and runs', async (opset, ir) => {
    const model = writtenModel(classifier(opset, ir));
    const made = rewrite(model, { head: 'arcface' });
    expect(made.tail).toMatchObject({ form: 'gemm', activation: 'softmax', labels: ['l'] });
    expect(Number(made.train.proto.irVersion)).toBe(ir);
    const { checks } = await validate(model, made, { provider: 'cpu', samples: 4 });
    expect(checks.length).toBeGreaterThan(6);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});
