import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewGraph } from '#graph/view.js';
import { writeModel } from '#model/write.js';
import { constantAt } from '#tail/constant.js';
import { FOLD_RULES } from '#tail/fold.js';
import { groundOf } from '#tail/ground.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { scratchFolder } from '../helpers/scratch.ts';
import { writtenModel } from '../helpers/written-model.ts';

const A = 'initializer a float32 [2, 3] = 1.5, -2, 0.25, 4, 5.5, -6';
const R = 'initializer r float32 [3] = 2, 4, 0.5';
const P = 'initializer p float32 [2, 3]';

/** Expressions of constants down to `y`; what ONNX Runtime makes of them is what they are worth. */
const EXPRESSIONS: readonly (readonly string[])[] = [
  [A, 'y = Identity(a)'],
  [A, 'y = Neg(a)'],
  [A, 'y = Abs(a)'],
  [P, 'y = Sqrt(p)'],
  [A, 'y = Reciprocal(a)'],
  [A, 'y = Exp(a)'],
  [A, R, 'y = Add(a, r)'],
  [A, R, 'y = Sub(r, a)'],
  [A, R, 'y = Mul(a, r)'],
  [A, R, 'y = Div(a, r)'],
  [P, R, 'y = Pow(p, r)'],
  [A, R, P, 'y = Max(a, r, p)'],
  [A, R, 'y = Min(a, r)'],
  ['opset 10', A, 'y = Clip(a) {min=-1.5, max=3.0}'],
  [A, 'initializer low float32 [] = -1', 'initializer high float32 [] = 2', 'y = Clip(a, low, high)'],
  [A, 'initializer high float32 [] = 2', 'y = Clip(a, -, high)'],
  [A, 'i = Cast(a) {to=6}', 'y = Cast(i) {to=1}'],
  [A, 'i = Cast(a) {to=9}', 'y = Cast(i) {to=1}'],
  [A, 'y = Transpose(a)'],
  ['initializer t float32 [2, 3, 4]', 'y = Transpose(t) {perm=[2, 0, 1]}'],
  [A, 'initializer s int64 [2] = 3, -1', 'y = Reshape(a, s)'],
  [A, 'initializer s int64 [3] = 0, 1, -1', 'y = Reshape(a, s)'],
  ['initializer t float32 [2, 1, 3]', 'initializer s int64 [1] = 1', 'y = Squeeze(t, s)'],
  ['opset 12', 'initializer t float32 [2, 1, 3]', 'y = Squeeze(t) {axes=[1]}'],
  [A, 'initializer s int64 [1] = -1', 'y = Unsqueeze(a, s)'],
  ['initializer t float32 [2, 3, 4]', 'y = Flatten(t) {axis=2}'],
  [R, 'initializer s int64 [2] = 2, 3', 'y = Expand(r, s)'],
  [A, 'initializer s int64 [3] = 2, 1, 1', 'y = Expand(a, s)'],
  [A, P, 'y = Concat(a, p) {axis=0}'],
  [A, P, 'y = Concat(a, p) {axis=-1}'],
  ['opset 9', A, 'y = Slice(a) {axes=[1], starts=[1], ends=[9]}'],
  [A, 'initializer s int64 [1] = 1', 'initializer e int64 [1] = 3', 'y = Slice(a, s, e, s)'],
  [
    A,
    'initializer s int64 [2] = -1, -1',
    'initializer e int64 [2] = -9, -9',
    'initializer x int64 [2] = 0, 1',
    'initializer z int64 [2] = -1, -2',
    'y = Slice(a, s, e, x, z)',
  ],
  ['y = Constant() {value=<float32 [2] = 0.5, 2>}'],
  ['y = Constant() {value_float=0.5}'],
  ['y = Constant() {value_floats=[0.5, 2.0]}'],
  ['i = Constant() {value_int=3}', 'y = Cast(i) {to=1}'],
  ['i = Constant() {value_ints=[3, 4]}', 'y = Cast(i) {to=1}'],
  ['initializer s int64 [2] = 2, 3', 'y = ConstantOfShape(s)'],
  ['initializer s int64 [2] = 2, 3', 'y = ConstantOfShape(s) {value=<float32 [1] = 0.5>}'],
  [A, 's = Shape(a)', 'y = Cast(s) {to=1}'],
  [
    'initializer q uint8 [2, 3]',
    'initializer s float32 [3] = 0.5, 0.25, 2',
    'initializer z uint8 [3] = 1, 2, 3',
    'y = DequantizeLinear(q, s, z)',
  ],
  ['initializer q int32 [2, 3]', 'initializer s float32 [] = 0.5', 'y = DequantizeLinear(q, s)'],
  [A, 't = Transpose(a)', 'y = MatMul(a, t)'],
  ...['ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'].flatMap(
    (operator) => [
      ['opset 11', A, `y = ${operator}(a) {axes=[-1], keepdims=0}`],
      ['opset 18', A, 'initializer s int64 [1] = 0', `y = ${operator}(a, s)`],
      ['opset 18', A, `y = ${operator}(a)`],
      ['opset 18', A, `y = ${operator}(a) {noop_with_empty_axes=1}`],
    ],
  ),
  // Integers are divided as integers.
  ['initializer i int64 [3] = 7, -7, 8', 'initializer j int64 [] = 2', 'd = Div(i, j)', 'y = Cast(d) {to=1}'],
];

describe('a constant', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime();
  });
  afterAll(async () => runtime.close());

  it.each(EXPRESSIONS.map((text) => [text]))('%j', async (text) => {
    const lines = text.some((line) => line.startsWith('opset')) ? text : ['opset 17', ...text];
    const model = writtenModel([...lines, 'output y float32'].join('\n'));
    const path = join(scratchFolder(), 'constant.onnx');
    await writeModel(path, model);
    const session = await runtime.open({ model: path, provider: 'cpu' });
    const { y } = await session.run({});
    await session.release();
    const found = constantAt(groundOf(viewGraph(model)), 'y');
    if (typeof found === 'string' || y === undefined) throw new Error(`y ${found}`);
    expect(found.shape).toEqual(y.dims);
    const worst = Array.from(
      found.floats(),
      (v, i) => Math.abs(v - Number(y.data[i])) / Math.max(1, Math.abs(v)),
    );
    // Both round to float32; ours is computed in float64 before.
    expect(Math.max(...worst)).toBeLessThan(1e-6);
  });

  it('every rule has an expression here', () => {
    const text = EXPRESSIONS.flat().join('\n');
    expect([...FOLD_RULES.keys()].filter((operator) => !text.includes(`= ${operator}(`))).toEqual([]);
  });
});
