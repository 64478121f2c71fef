import { evaluateNode } from './evaluate.ts';
import type { Column, Dim, DType, Expr, Op, Operand, Shape } from './expr.ts';
import { type Tensor, tensor } from './kernels.ts';

/*
 * The words in which heads are written. Shapes and types are checked as an expression is made: a mistake here is a
 * fault of ours, hence a plain Error. What holds only constants is computed at once, and x·1, x+0 … are x.
 */

type Facts = Partial<Pick<Expr, 'axes' | 'value' | 'name'>>;

/** What stands between a value and its gradient stays, be the value a constant or not. */
const UNFOLDED: ReadonlySet<Op> = new Set(['pivot', 'stopGradient']);

function make(op: Op, args: readonly Expr[], dtype: DType, shape: Shape, facts: Facts = {}): Expr {
  const expr: Expr = { op, args, dtype, shape, axes: [], value: null, name: null, ...facts };
  const foldable = args.length > 0 && !UNFOLDED.has(op) && args.every((arg) => arg.op === 'const');
  return foldable ? constant(evaluateNode(expr, args.map(heldBy)), dtype) : expr;
}

function heldBy(expr: Expr): Tensor {
  if (expr.value === null) throw new Error(`${expr.op} has no value`);
  return expr.value;
}

/** A value that is part of the formula. */
export function constant(value: number | Tensor, dtype: DType = 'float32'): Expr {
  const held = typeof value === 'number' ? tensor(value) : value;
  return { op: 'const', args: [], dtype, shape: held.shape, axes: [], value: held, name: null };
}

/** A value that comes from outside: bound by name in `evaluate`, to a value of the graph in `emit`. */
export function input(name: string, dtype: DType, shape: Shape, initial: Tensor | null = null): Expr {
  return { op: 'input', args: [], dtype, shape, axes: [], value: initial, name };
}

/**
 * The same expression, with a name of its own in the graph: `margin/<name>`. What has one already keeps it, and stays the
 * same object: a copy would be differentiated by itself.
 */
export function named(name: string, expr: Expr): Expr {
  return expr.name === null ? { ...expr, name } : expr;
}

/** Lifts a number to a constant. */
export function lift(x: Operand): Expr {
  return typeof x === 'number' ? constant(x) : x;
}

function isScalar(expr: Expr, value: number): boolean {
  return expr.op === 'const' && expr.shape.length === 0 && expr.value?.data[0] === value;
}

/** The shape two shapes broadcast to; a named dimension equals only itself. */
function broadcast(a: Shape, b: Shape): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`[${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

function expectType(op: Op, expr: Expr, ...types: readonly DType[]): Expr {
  if (!types.includes(expr.dtype)) throw new Error(`${op} takes ${types.join(' or ')}, not ${expr.dtype}`);
  return expr;
}

const unary = (op: Op) => (x: Operand) => {
  const arg = expectType(op, lift(x), 'float32');
  return make(op, [arg], 'float32', arg.shape);
};

export const neg = unary('neg');
export const abs = unary('abs');
/** √x. Its slope is bounded, see `grad`. */
export const sqrt = unary('sqrt');
export const exp = unary('exp');
export const log = unary('log');

const arithmetic = (op: Op, neutral: { left?: number; right?: number }) => (x: Operand, y: Operand) => {
  const [a, b] = [expectType(op, lift(x), 'float32'), expectType(op, lift(y), 'float32')];
  if (neutral.right !== undefined && isScalar(b, neutral.right)) return a;
  if (neutral.left !== undefined && isScalar(a, neutral.left)) return b;
  return make(op, [a, b], 'float32', broadcast(a.shape, b.shape));
};

export const add = arithmetic('add', { left: 0, right: 0 });
export const sub = arithmetic('sub', { right: 0 });
export const mul = arithmetic('mul', { left: 1, right: 1 });
export const div = arithmetic('div', { right: 1 });
export const max = arithmetic('max', {});
export const min = arithmetic('min', {});

/** Where x < y: bool. A NaN is less than nothing. */
export function less(x: Operand, y: Operand): Expr {
  const [a, b] = [expectType('less', lift(x), 'float32'), expectType('less', lift(y), 'float32')];
  return make('less', [a, b], 'bool', broadcast(a.shape, b.shape));
}

/** Where x = y, of integers: floats are not to be asked for equality. */
export function equal(a: Expr, b: Expr): Expr {
  if (a.dtype !== b.dtype) throw new Error(`equal takes one type, not ${a.dtype} and ${b.dtype}`);
  expectType('equal', a, 'int32', 'int64');
  return make('equal', [a, b], 'bool', broadcast(a.shape, b.shape));
}

export function and(a: Expr, b: Expr): Expr {
  expectType('and', a, 'bool');
  return make('and', [a, expectType('and', b, 'bool')], 'bool', broadcast(a.shape, b.shape));
}

export function not(a: Expr): Expr {
  return make('not', [expectType('not', a, 'bool')], 'bool', a.shape);
}

/** By De Morgan: `Or` has no kernel on WebGPU, `And` and `Not` have. */
export function or(a: Expr, b: Expr): Expr {
  return not(and(not(a), not(b)));
}

/** `x` where `condition` holds, else `y`. */
export function where(condition: Expr, x: Operand, y: Operand): Expr {
  expectType('where', condition, 'bool');
  const [a, b] = [expectType('where', lift(x), 'float32'), expectType('where', lift(y), 'float32')];
  return make('where', [condition, a, b], 'float32', broadcast(condition.shape, broadcast(a.shape, b.shape)));
}

export function cast(a: Expr, to: DType): Expr {
  return a.dtype === to ? a : make('cast', [a], to, a.shape);
}

function positive(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) throw new Error(`axis ${axis} is outside a rank of ${rank}`);
  return at;
}

const reduction =
  (op: Op) =>
  (x: Expr, axes: readonly number[] = x.shape.map((_, axis) => axis), keep = true) => {
    const arg = expectType(op, x, 'float32');
    const over = axes.map((axis) => positive(axis, arg.shape.length));
    const kept = arg.shape.map((dim, axis) => (over.includes(axis) ? 1 : dim));
    const shape = keep ? kept : arg.shape.filter((_, axis) => !over.includes(axis));
    return over.length === 0 ? arg : make(op, [arg], 'float32', shape, { axes: over });
  };

/** Sum over `axes` (all, where not given; negative ones count from the end), which stay as 1 where `keep`. */
export const reduceSum = reduction('reduceSum');
/** Largest value over `axes`, as `reduceSum`. */
export const reduceMax = reduction('reduceMax');
/** Sum of absolute values over `axes`, as `reduceSum`. */
export const reduceL1 = reduction('reduceL1');
/** Euclidean length over `axes`, as `reduceSum`. Its squares must fit float32. */
export const reduceL2 = reduction('reduceL2');

/** `[..., K] · [K, M] → [..., M]`. */
export function matmul(a: Expr, b: Expr): Expr {
  const [inner, columns] = b.shape;
  if (b.shape.length !== 2 || inner === undefined || columns === undefined || a.shape.at(-1) !== inner) {
    throw new Error(`[${a.shape}] · [${b.shape}] is not a matrix product`);
  }
  return make('matmul', [a, b], 'float32', [...a.shape.slice(0, -1), columns]);
}

/** Rows and columns of a matrix exchanged; what was exchanged before is undone, (AᵀB)ᵀ is BᵀA. */
export function transpose(a: Expr): Expr {
  const [rows, columns] = a.shape;
  if (a.shape.length !== 2 || rows === undefined || columns === undefined) {
    throw new Error(`[${a.shape}] is not a matrix`);
  }
  const [inner] = a.args;
  if (a.op === 'transpose' && inner !== undefined) return inner;
  const [left, right] = a.args;
  if (a.op === 'matmul' && left?.op === 'transpose' && right !== undefined)
    return matmul(transpose(right), transpose(left));
  return make('transpose', [a], a.dtype, [columns, rows], { axes: [1, 0] });
}

/** Another shape for the same elements. Named dimensions stay at their axes; at most one may be a new one. */
export function reshape(a: Expr, shape: Shape): Expr {
  if (shape.filter((dim, axis) => typeof dim === 'string' && dim !== a.shape[axis]).length > 1) {
    throw new Error(`[${shape}] has more than one unknown dimension`);
  }
  return make('reshape', [a], a.dtype, shape);
}

/** A new axis of length 1, `[N] → [N, 1]` at the end where `axis` is −1. */
export function unsqueeze(a: Expr, axis: number): Expr {
  const at = positive(axis, a.shape.length + 1);
  return make('unsqueeze', [a], a.dtype, a.shape.toSpliced(at, 0, 1), { axes: [at] });
}

/** The rows of `a`, `[R, ...]`, that `index` names, `[S]` of integers in `[0, R)`: `[S, ...]`. Not differentiated. */
export function rows(a: Expr, index: Expr): Expr {
  expectType('rows', index, 'int32', 'int64');
  return make('rows', [a, index], a.dtype, [...index.shape, ...a.shape.slice(1)]);
}

/** Whether an expression is `op` at this very column. */
function isAt(expr: Expr, op: 'take' | 'put', { index, mask }: Column): boolean {
  return expr.op === op && expr.args[1] === index && expr.args[2] === mask;
}

/** The column of each row, `[..., C] → [..., 1]`. */
export function take(a: Expr, column: Column): Expr {
  const { index, mask } = column;
  const [, , , put] = isAt(a, 'put', column) ? a.args : [];
  if (put !== undefined) return put;
  expectType('take', index, 'int32');
  return make('take', [expectType('take', a, 'float32'), index, mask], 'float32', index.shape);
}

/** `a` with another value in the column of each row, `[..., 1]` or what stretches to it. */
export function put(a: Expr, column: Column, value: Operand): Expr {
  const { index, mask } = column;
  const [below] = isAt(a, 'put', column) ? a.args : [];
  if (below !== undefined) return put(below, column, value);
  expectType('put', index, 'int32');
  const whole = broadcastLike(expectType('put', lift(value), 'float32'), index);
  return make('put', [expectType('put', a, 'float32'), index, mask, whole], 'float32', a.shape);
}

/** `a` stretched to the shape of `like`. */
export function broadcastLike(a: Expr, like: Expr): Expr {
  const same = a.shape.length === like.shape.length && a.shape.every((dim, axis) => dim === like.shape[axis]);
  return same ? a : make('broadcastLike', [a, like], a.dtype, broadcast(a.shape, like.shape));
}

/**
 * The value of `a` where it cancels out of the whole, as the largest logit does that a row is shifted by: the slope does not
 * depend on it, so `grad` need not look behind it, and a graph may hold the value itself whoever differentiates it.
 */
export function pivot(a: Expr): Expr {
  return make('pivot', [a], a.dtype, a.shape);
}

/**
 * The value of `a` as if it were a constant: `grad` does not look behind it. In a graph it leaves a trace where the reader
 * differentiates, in whose vocabulary it is `detach` with room for |a| < 2³¹ and off by less than 2⁻³².
 */
export function stopGradient(a: Expr): Expr {
  return make('stopGradient', [a], a.dtype, a.shape);
}

/**
 * `stopGradient` that holds in the graph too, for whoever differentiates it there: the value passes through integers,
 * which have no slope. |a| must be below 128; a graph is off by less than 2⁻²⁴, and by nothing where |a| ≥ ½.
 */
export function detach(a: Expr): Expr {
  return make('detach', [expectType('detach', a, 'float32')], 'float32', a.shape);
}

/** Between `low` and `high`. */
export function clamp(x: Operand, low: Operand, high: Operand): Expr {
  return min(max(x, low), high);
}

/** x². */
export function square(x: Expr): Expr {
  return mul(x, x);
}
