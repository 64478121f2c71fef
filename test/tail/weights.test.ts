import { describe, expect, it } from 'vitest';
import { tailOf } from '../helpers/written-tail.ts';

const X = 'input x float32 [N, 2]';

/** W [3, 2] = 1 … 6 as exporters write it, and whether it can stay where it lies. */
const SOURCES: readonly (readonly [title: string, text: readonly string[], initializer: string | null])[] = [
  ['an initializer', ['initializer w float32 [3, 2]'], 'w'],
  [
    'an initializer that is an input too, as below IR 4',
    ['ir 3', 'input w float32 [3, 2]', 'initializer w float32 [3, 2]'],
    'w',
  ],
  ['a Constant node', ['w = Constant() {value=<float32 [3, 2]>}'], null],
  ['an Identity', ['initializer v float32 [3, 2]', 'w = Identity(v)'], null],
  [
    'a Transpose',
    ['initializer v float32 [2, 3] = 1, 3, 5, 2, 4, 6', 'w = Transpose(v) {perm=[1, 0]}'],
    null,
  ],
  [
    'a Reshape to a stored shape',
    ['initializer v float32 [3, 1, 2]', 'initializer s int64 [2] = 3, -1', 'w = Reshape(v, s)'],
    null,
  ],
  ['a Cast', ['initializer v int32 [3, 2]', 'w = Cast(v) {to=1}'], null],
  [
    'a DequantizeLinear',
    [
      'initializer q int8 [3, 2] = 3, 5, 7, 9, 11, 13',
      'initializer scale float32 [] = 0.5',
      'initializer zero int8 [] = 1',
      'w = DequantizeLinear(q, scale, zero)',
    ],
    null,
  ],
  [
    'a DequantizeLinear by channel',
    [
      'initializer q int8 [3, 2] = 1, 2, 6, 8, 10, 12',
      'initializer scale float32 [3] = 1, 0.5, 0.5',
      'initializer zero int8 [3] = 0, 0, 0',
      'w = DequantizeLinear(q, scale, zero) {axis=0}',
    ],
    null,
  ],
  [
    'weight normalisation, g · v / ‖v‖',
    [
      'initializer v float32 [3, 2] = 2, 4, 3, 4, 10, 12',
      'initializer g float32 [3, 1] = 2.23606797749979, 5, 7.810249675906654',
      'n = ReduceL2(v) {axes=[1], keepdims=1}',
      'u = Div(v, n)',
      'w = Mul(u, g)',
    ],
    null,
  ],
  [
    'a low-rank sum',
    [
      'initializer v float32 [3, 2] = 1, 1, 3, 3, 5, 5',
      'initializer p float32 [3, 1] = 1, 1, 1',
      'initializer q float32 [1, 2] = 0, 1',
      'r = MatMul(p, q)',
      'w = Add(v, r)',
    ],
    null,
  ],
];

describe('where W may come from', () => {
  it.each(SOURCES)('%s', (_, text, initializer) => {
    const { weight } = tailOf(X, ...text, 'y = Gemm(x, w) {transB=1}', 'output y');
    expect({ value: weight.value, initializer: weight.initializer }).toEqual({ value: 'w', initializer });
    expect([...weight.rows()].map((w) => Number(w.toFixed(5)))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('a ConstantOfShape, whose rows are all the same', () => {
    const text = ['initializer s int64 [2] = 3, 2', 'w = ConstantOfShape(s) {value=<float32 [1] = 0.5>}'];
    const { weight } = tailOf(X, ...text, 'y = Gemm(x, w) {transB=1}', 'output y');
    expect([...weight.rows()]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it('a bias behind DequantizeLinear', () => {
    const text = [
      'initializer w float32 [3, 2]',
      'initializer q int32 [3] = 2, 4, 6',
      'initializer scale float32 [] = 0.5',
      'b = DequantizeLinear(q, scale)',
    ];
    const { bias } = tailOf(X, ...text, 'y = Gemm(x, w, b) {transB=1}', 'output y');
    expect([...(bias?.rows() ?? [])]).toEqual([1, 2, 3]);
  });
});

/** Graphs in which W is read elsewhere: training it in place would change that too. */
const SHARED: readonly (readonly [title: string, text: readonly string[]])[] = [
  ['by a layer before', ['e = MatMul(x, w)', 'y = Gemm(e, w) {transB=1}', 'output y']],
  [
    'as an embedding table',
    ['e = Gather(w, i)', 'y = Gemm(e, w) {transB=1}', 'input i int64 [N]', 'output y'],
  ],
  ['through a Transpose', ['t = Transpose(w)', 'e = MatMul(x, t)', 'y = Gemm(e, w) {transB=1}', 'output y']],
  ['by nobody, for an output of the model', ['y = Gemm(x, w) {transB=1}', 'output y', 'output w']],
  ['by a node that no output needs', ['y = Gemm(x, w) {transB=1}', 'd = Relu(w)', 'output y']],
];

describe('a shared W', () => {
  const W = 'initializer w float32 [2, 2]';

  it.each(SHARED)('is read %s, and must be cloned', (_, text) => {
    const { weight } = tailOf(X, W, ...text);
    expect({ value: weight.value, initializer: weight.initializer }).toEqual({
      value: 'w',
      initializer: null,
    });
    expect([...weight.rows()]).toEqual([1, 2, 3, 4]);
  });

  it('is alone where only the tail reads it', () => {
    const text = ['y = Gemm(x, w) {transB=1}', 'p = Softmax(y)', 'd = Mul(p, w)', 'output p'];
    expect(tailOf(X, W, ...text).weight.initializer).toBe('w');
  });
});
