import { tensor } from '../expr/kernels.ts';
import type { Writer } from '../expr/writer.ts';
import { elementNumber } from '../model/elements.ts';

/** The end of an axis, however long it is. */
export const END = 2 ** 31 - 1;

/**
 * What makes 1 or more of every number above 0. Comparisons are arithmetic: ONNX Runtime moves a Transpose through what
 * is before it, as far as booleans, and WebGPU does not transpose those.
 */
const FAR = 2 ** 126;

/**
 * The words in which gradients are written: each adds nodes of the graph and gives the name of the value that they make.
 * Floats are float32. Nothing here lacks a kernel on CPU, CUDA or WebGPU, and what changed between opsets is here alone.
 */
export interface Words {
  readonly opset: number;
  number(value: number): string;
  /** A constant matrix or vector. */
  constant(data: ArrayLike<number>, shape: readonly number[]): string;
  /** A constant list of int64. */
  ints(values: readonly number[]): string;
  add(a: string, b: string): string;
  sub(a: string, b: string): string;
  mul(a: string, b: string): string;
  div(a: string, b: string): string;
  neg(a: string): string;
  abs(a: string): string;
  exp(a: string): string;
  log(a: string): string;
  sqrt(a: string): string;
  sigmoid(a: string): string;
  erf(a: string): string;
  tanh(a: string): string;
  square(a: string): string;
  /** 1 where a truth holds, else 0. */
  mask(truth: string): string;
  /** 1 where a > 0, else 0. */
  positive(a: string): string;
  /** 1 where a < b, else 0. */
  less(a: string, b: string): string;
  /** 1 where a ≤ b, else 0. */
  atMost(a: string, b: string): string;
  /** a·b of matrices, either side transposed, times `alpha`. */
  gemm(
    a: string,
    b: string,
    how?: { readonly transA?: boolean; readonly transB?: boolean; readonly alpha?: number },
  ): string;
  matmul(a: string, b: string): string;
  transpose(a: string, perm: readonly number[]): string;
  /** `a` with other sizes: 0 keeps one, −1 takes what is left. */
  reshape(a: string, sizes: readonly number[]): string;
  /** The elements of `a` in the shape of `like`; it fails at run time where there are more or fewer of them. */
  shapedAs(a: string, like: string): string;
  /** `a` stretched to the shape of `like`. */
  stretched(a: string, like: string): string;
  sum(a: string, axes: readonly number[], keep?: boolean): string;
  mean(a: string, axes: readonly number[]): string;
  most(a: string, axes: readonly number[]): string;
  /** New axes of size 1, by their places in the result. */
  unsqueeze(a: string, axes: readonly number[]): string;
  /** From `start` to before `end` along one axis; negative ones count from the end. */
  slice(a: string, axis: number, start: number, end: number): string;
  concat(parts: readonly string[], axis: number): string;
  /** Zeros of the shape of `a`, which must be finite. */
  zeros(a: string): string;
  /** Any other operator. */
  write: Writer['node'];
}

export function wordsOf(writer: Writer): Words {
  const { opset } = writer;
  const unary = (opType: string) => (a: string) => writer.node(opType, [a]);
  const binary = (opType: string) => (a: string, b: string) => writer.node(opType, [a, b]);
  const ints = (values: readonly number[]) => writer.ints(values, 'ints');
  const number = (value: number) => writer.constant('float32', tensor(value));
  const [sub, mul] = [binary('Sub'), binary('Mul')];
  const positive = (a: string) => {
    const far = mul(a, number(FAR));
    if (opset < 11) return writer.node('Clip', [far], { min: { float: 0 }, max: { float: 1 } });
    return writer.node('Clip', [far, number(0), number(1)]);
  };
  const less = (a: string, b: string) => positive(sub(b, a));
  /** A reduction, whose axes are an attribute below opset `since`. */
  const reduced = (opType: string, since: number, a: string, axes: readonly number[], keep: boolean) => {
    const keepdims = Number(keep);
    if (opset < since) return writer.node(opType, [a], { axes, keepdims });
    return writer.node(opType, [a, ints(axes)], { keepdims });
  };
  return {
    opset,
    number,
    constant: (data, shape) => writer.constant('float32', tensor(data, shape)),
    ints,
    add: binary('Add'),
    sub,
    mul,
    div: binary('Div'),
    neg: unary('Neg'),
    abs: unary('Abs'),
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    sigmoid: unary('Sigmoid'),
    erf: unary('Erf'),
    tanh: unary('Tanh'),
    square: (a) => mul(a, a),
    mask: (truth) => writer.node('Cast', [truth], { to: elementNumber('float32') }),
    positive,
    less,
    atMost: (a, b) => sub(number(1), less(b, a)),
    gemm: (a, b, { transA = false, transB = false, alpha = 1 } = {}) => {
      // Below opset 11 a Gemm must have something to add; WebGPU's aborts the process where that is a scalar.
      const added = opset >= 11 ? [] : [writer.constant('float32', tensor([0]))];
      const flags = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
      return writer.node('Gemm', [a, b, ...added], flags);
    },
    matmul: binary('MatMul'),
    transpose: (a, perm) =>
      perm.every((from, to) => from === to) ? a : writer.node('Transpose', [a], { perm }),
    reshape: (a, sizes) => writer.node('Reshape', [a, ints(sizes)]),
    shapedAs: (a, like) => writer.node('Reshape', [a, writer.node('Shape', [like])]),
    // Below opset 8 there is no Expand; zeros of the right shape are there where `like` is finite.
    stretched: (a, like) =>
      opset < 8
        ? writer.node('Add', [a, mul(like, number(0))])
        : writer.node('Expand', [a, writer.node('Shape', [like])]),
    sum: (a, axes, keep = true) => (axes.length === 0 ? a : reduced('ReduceSum', 13, a, axes, keep)),
    mean: (a, axes) => reduced('ReduceMean', 18, a, axes, true),
    most: (a, axes) => reduced('ReduceMax', 18, a, axes, true),
    unsqueeze: (a, axes) => {
      if (axes.length === 0) return a;
      if (opset < 13) return writer.node('Unsqueeze', [a], { axes });
      return writer.node('Unsqueeze', [a, ints(axes)]);
    },
    slice: (a, axis, start, end) => {
      if (opset < 10) return writer.node('Slice', [a], { axes: [axis], starts: [start], ends: [end] });
      return writer.node('Slice', [a, ints([start]), ints([end]), ints([axis])]);
    },
    concat: (parts, axis) => (parts.length === 1 ? (parts[0] ?? '') : writer.node('Concat', parts, { axis })),
    zeros: (a) => mul(a, number(0)),
    write: (opType, inputs, attributes, out) => writer.node(opType, inputs, attributes, out),
  };
}
