import { describe, expect, it } from 'vitest';
import { isNonNegative } from '#tail/non-negative.js';
import { tailOf, viewOf } from '../helpers/written-tail.ts';

const MAP = 'input x float32 [N, 2, 7, 7]';
const ROW = 'input x float32 [N, 2]';

const NEVER: readonly (readonly string[])[] = [
  [ROW, 'e = Relu(x)'],
  [ROW, 'e = Sigmoid(x)'],
  [ROW, 'e = Softmax(x)'],
  [ROW, 'opset 10', 'e = Clip(x) {min=0.0, max=6.0}'],
  [ROW, 'initializer low float32 [] = 0', 'e = Clip(x, low)'],
  [ROW, 'r = Relu(x)', 'd = Dropout(r)', 'e = Identity(d)'],
  [MAP, 'r = Relu(x)', 'p = MaxPool(r) {kernel_shape=[2, 2]}', 'g = GlobalAveragePool(p)', 'e = Flatten(g)'],
  [MAP, 'r = Relu(x)', 'e = ReduceMean(r) {axes=[2, 3], keepdims=0}'],
];

const MAYBE: readonly (readonly string[])[] = [
  [ROW, 'e = Identity(x)'],
  [ROW, 'e = LeakyRelu(x)'],
  [ROW, 'e = Tanh(x)'],
  [ROW, 'r = Relu(x)', 'e = Neg(r)'],
  [ROW, 'opset 10', 'e = Clip(x) {min=-1.0, max=1.0}'],
  [ROW, 'opset 10', 'e = Clip(x) {max=6.0}'],
  [ROW, 'initializer low float32 [] = -1', 'e = Clip(x, low)'],
  [ROW, 'input low float32 []', 'e = Clip(x, low)'],
  [ROW, 'e = mine::Relu(x)'],
  [ROW, 'e = Identity(e)'],
];

describe('an embedding in which nothing is below zero', () => {
  it.each(NEVER)('%s; %s', (...text) => {
    expect(isNonNegative(viewOf(...text), 'e')).toBe(true);
  });

  it.each(MAYBE)('is not told of %s; %s', (...text) => {
    expect(isNonNegative(viewOf(...text), 'e')).toBe(false);
  });

  it('is told of a tail', () => {
    const text = ['initializer w float32 [3, 2]', 'y = Gemm(e, w) {transB=1}', 'output y'];
    expect(tailOf(ROW, 'e = Relu(x)', ...text).embedding.afterRelu).toBe(true);
    expect(tailOf(ROW, 'e = Tanh(x)', ...text).embedding.afterRelu).toBe(false);
  });
});
