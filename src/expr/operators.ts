import { elementNumber } from '../model/elements.ts';
import type { Expr, Op } from './expr.ts';
import { tensor } from './kernels.ts';
import type { Writer } from './writer.ts';

/*
 * Operations as ONNX nodes. Every difference between opsets 7 and 26 that touches us is in this file, and every choice
 * of operator that providers decide: nothing here lacks a kernel on CPU, CUDA or WebGPU.
 */

/** Writes one operation: `out` is the name its value must have. */
export type Rule = (w: Writer, inputs: readonly string[], expr: Expr, out: string) => void;

const plain =
  (opType: string): Rule =>
  (w, inputs, _, out) => {
    w.node(opType, inputs, {}, out);
  };

/** Axes are an attribute below opset `since` and an input from there on. */
export const overAxes =
  (
    opType: string,
    since: number,
    attributes: (expr: Expr) => Readonly<Record<string, number>> = () => ({}),
  ): Rule =>
  (w, [x = ''], expr, out) => {
    const rest = attributes(expr);
    if (w.opset < since) w.node(opType, [x], { axes: expr.axes, ...rest }, out);
    else w.node(opType, [x, w.ints(expr.axes, 'axes')], rest, out);
  };

const keepdims = (expr: Expr) => ({ keepdims: Number(expr.shape.length === expr.args[0]?.shape.length) });

/** a where `mask` is 1, else b, in arithmetic: both must be finite. */
function blend(w: Writer, mask: string, a: string, b: string, out: string): void {
  const one = w.constant('float32', tensor(1));
  const chosen = w.node('Mul', [mask, a]);
  const others = w.node('Mul', [w.node('Sub', [one, mask]), b]);
  w.node('Add', [chosen, others], {}, out);
}

/** Max and Min broadcast from opset 8 on. */
const extremum =
  (opType: 'Max' | 'Min'): Rule =>
  (w, [a = '', b = ''], expr, out) => {
    const [x, y] = expr.args.map((arg) => arg.shape.join());
    if (w.opset >= 8 || x === y) return void w.node(opType, [a, b], {}, out);
    const [small, large] = opType === 'Max' ? [a, b] : [b, a];
    const mask = w.node('Cast', [w.node('Less', [small, large])], { to: elementNumber('float32') });
    blend(w, mask, b, a, out);
  };

/**
 * The value through integers, of 2⁻ᵇ units: ONNX has no operator that stops a gradient, but a Cast to integers is where
 * every differentiator stops. 2ᵇ is a power of two, so that multiplying loses nothing.
 */
const throughIntegers =
  (dtype: 'int32' | 'int64', bits: number): Rule =>
  (w, [a = ''], _, out) => {
    const whole = w.node('Mul', [a, w.constant('float32', tensor(2 ** bits), 'detach_units')]);
    const stopped = w.node('Cast', [whole], { to: elementNumber(dtype) });
    const back = w.node('Cast', [stopped], { to: elementNumber('float32') });
    w.node('Mul', [back, w.constant('float32', tensor(2 ** -bits), 'detach_unit')], {}, out);
  };

/** Integer types that Equal takes below opset 11 include int32 and int64, which are all that `equal` is built for. */
const RULES: Readonly<Record<Exclude<Op, 'const' | 'input' | 'pivot'>, Rule>> = {
  neg: plain('Neg'),
  abs: plain('Abs'),
  sqrt: plain('Sqrt'),
  exp: plain('Exp'),
  log: plain('Log'),
  not: plain('Not'),
  add: plain('Add'),
  sub: plain('Sub'),
  mul: plain('Mul'),
  div: plain('Div'),
  max: extremum('Max'),
  min: extremum('Min'),
  less: plain('Less'),
  equal: plain('Equal'),
  and: plain('And'),
  where: (w, [condition = '', a = '', b = ''], _, out) => {
    if (w.opset >= 9) w.node('Where', [condition, a, b], {}, out);
    else blend(w, w.node('Cast', [condition], { to: elementNumber('float32') }), a, b, out);
  },
  cast: (w, inputs, expr, out) => void w.node('Cast', inputs, { to: elementNumber(expr.dtype) }, out),
  reduceSum: overAxes('ReduceSum', 13, keepdims),
  reduceMax: overAxes('ReduceMax', 18, keepdims),
  reduceL1: overAxes('ReduceL1', 18, keepdims),
  reduceL2: overAxes('ReduceL2', 18, keepdims),
  unsqueeze: overAxes('Unsqueeze', 13),
  matmul: plain('MatMul'),
  transpose: (w, inputs, expr, out) => void w.node('Transpose', inputs, { perm: expr.axes }, out),
  reshape: (w, [x = ''], expr, out) => {
    const from = expr.args[0]?.shape ?? [];
    const shape = expr.shape.map((dim, axis) =>
      typeof dim === 'number' ? dim : dim === from[axis] ? 0 : -1,
    );
    w.node('Reshape', [x, w.ints(shape, 'shape')], {}, out);
  },
  // 24 bits leave int32 room for values below 128, and WebGPU has it.
  detach: throughIntegers('int32', 24),
  // Only for readers that differentiate, which have int64: room for 2³¹.
  stopGradient: throughIntegers('int64', 32),
  rows: (w, inputs, _, out) => void w.node('Gather', inputs, { axis: 0 }, out),
  take: (w, inputs, _, out) => void w.node('GatherElements', inputs, { axis: -1 }, out),
  put: (w, inputs, _, out) => void w.node('ScatterElements', inputs, { axis: -1 }, out),
  broadcastLike: (w, [a = '', like = ''], _, out) => {
    // Below opset 8 there is no Expand; a difference with itself is a zero of the right shape where it is finite.
    if (w.opset >= 8) w.node('Expand', [a, w.node('Shape', [like])], {}, out);
    else w.node('Add', [a, w.node('Sub', [like, like])], {}, out);
  },
};

/** How an operation is written: what is visited first, and the rule that writes it. */
export interface Way {
  readonly args: readonly Expr[];
  readonly rule: Rule;
}

/**
 * Products of a transposed matrix are one Gemm: a Transpose of its own would be copied, and ONNX Runtime moves it through
 * what is before it, as far as types for which WebGPU has no kernel.
 */
export function wayOf(expr: Expr): Way {
  const { op } = expr;
  if (op === 'const' || op === 'input' || op === 'pivot') throw new Error(`${op} is no node`);
  const [a, b] = expr.args;
  // The mask of a column is for those who cannot gather.
  if (op === 'take' || op === 'put') return { args: expr.args.toSpliced(2, 1), rule: RULES[op] };
  const flat = a?.shape.length === 2 && (a.op === 'transpose' || b?.op === 'transpose');
  if (op !== 'matmul' || a === undefined || b === undefined || !flat)
    return { args: expr.args, rule: RULES[op] };
  const [left, right] = [a, b].map((each) => (each.op === 'transpose' ? (each.args[0] ?? each) : each));
  const flags = { transA: Number(left !== a), transB: Number(right !== b) };
  return {
    args: [left ?? a, right ?? b],
    rule: (w, inputs, _, out) => {
      // Below opset 11 a Gemm must have something to add; WebGPU's aborts the process where that is a scalar.
      const added = w.opset >= 11 ? [] : [w.constant('float32', tensor([0]))];
      w.node('Gemm', [...inputs, ...added], flags, out);
    },
  };
}
