import type { DType, Expr, Op } from './expr.ts';
import {
  broadcastTensor,
  mapTensor,
  matmulTensors,
  pickRows,
  putColumn,
  reduceTensor,
  reshapeTensor,
  sizeOf,
  type Tensor,
  takeColumn,
  transposeTensor,
  zipTensors,
} from './kernels.ts';

type Kernel = (args: readonly Tensor[], expr: Expr) => Tensor;

function at(args: readonly Tensor[], index: number): Tensor {
  const arg = args[index];
  if (arg === undefined) throw new Error(`argument ${index} is missing`);
  return arg;
}

const unary =
  (f: (x: number) => number): Kernel =>
  (args) =>
    mapTensor(f, at(args, 0));

const binary =
  (f: (x: number, y: number) => number): Kernel =>
  (args) =>
    zipTensors(f, at(args, 0), at(args, 1));

const leaf: Kernel = (_, expr) => {
  if (expr.value === null) throw new Error(`"${expr.name}" is not bound`);
  return expr.value;
};

/** What each type can hold of a float64. */
const CASTS: Readonly<Record<DType, (x: number) => number>> = {
  float32: (x) => x,
  int32: (x) => Math.trunc(x) | 0,
  int64: Math.trunc,
  bool: (x) => (x === 0 ? 0 : 1),
};

const keeps = (expr: Expr) => expr.shape.length === expr.args[0]?.shape.length;

const KERNELS: Readonly<Record<Op, Kernel>> = {
  const: leaf,
  input: leaf,
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  sqrt: unary(Math.sqrt),
  exp: unary(Math.exp),
  log: unary(Math.log),
  not: unary((x) => 1 - x),
  add: binary((x, y) => x + y),
  sub: binary((x, y) => x - y),
  mul: binary((x, y) => x * y),
  div: binary((x, y) => x / y),
  max: binary(Math.max),
  min: binary(Math.min),
  less: binary((x, y) => Number(x < y)),
  equal: binary((x, y) => Number(x === y)),
  and: binary((x, y) => x * y),
  where: (args) => {
    const [condition, a, b] = [at(args, 0), at(args, 1), at(args, 2)];
    const like = zipTensors(
      (x) => x,
      condition,
      zipTensors((x) => x, a, b),
    );
    const [left, right] = [broadcastTensor(a, like.shape).data, broadcastTensor(b, like.shape).data];
    return { shape: like.shape, data: like.data.map((c, i) => (c ? left : right)[i] ?? 0) };
  },
  cast: (args, expr) => mapTensor(CASTS[expr.dtype], at(args, 0)),
  reduceSum: (args, expr) => reduceTensor('sum', at(args, 0), expr.axes, keeps(expr)),
  reduceMax: (args, expr) => reduceTensor('max', at(args, 0), expr.axes, keeps(expr)),
  reduceL1: (args, expr) => reduceTensor('sum', mapTensor(Math.abs, at(args, 0)), expr.axes, keeps(expr)),
  reduceL2: (args, expr) =>
    mapTensor(
      Math.sqrt,
      reduceTensor(
        'sum',
        mapTensor((x) => x * x, at(args, 0)),
        expr.axes,
        keeps(expr),
      ),
    ),
  matmul: (args) => matmulTensors(at(args, 0), at(args, 1)),
  transpose: (args, expr) => transposeTensor(at(args, 0), expr.axes),
  reshape: (args, expr) => {
    const a = at(args, 0);
    const names = expr.args[0]?.shape ?? [];
    const sizes = expr.shape.map((dim, axis) => {
      if (typeof dim === 'number') return dim;
      return dim === names[axis] ? (a.shape[axis] ?? 1) : null;
    });
    const rest = a.data.length / Math.max(sizeOf(sizes.filter((size) => size !== null)), 1);
    return reshapeTensor(
      a,
      sizes.map((size) => size ?? rest),
    );
  },
  unsqueeze: (args, expr) => {
    const a = at(args, 0);
    return reshapeTensor(a, a.shape.toSpliced(expr.axes[0] ?? 0, 0, 1));
  },
  broadcastLike: (args) => broadcastTensor(at(args, 0), at(args, 1).shape),
  rows: (args) => pickRows(at(args, 0), at(args, 1)),
  take: (args) => takeColumn(at(args, 0), at(args, 1)),
  put: (args) => putColumn(at(args, 0), at(args, 1), at(args, 3)),
  pivot: (args) => at(args, 0),
  stopGradient: (args) => at(args, 0),
  detach: (args) => at(args, 0),
};

/** One operation on values that are there. */
export function evaluateNode(expr: Expr, args: readonly Tensor[]): Tensor {
  return KERNELS[expr.op](args, expr);
}

/**
 * The values of expressions in float64. `bindings` gives each input by name; one that has a default may be left out.
 */
export function evaluate(exprs: readonly Expr[], bindings: Readonly<Record<string, Tensor>> = {}): Tensor[] {
  const values = new Map<Expr, Tensor>();
  const visit = (expr: Expr): Tensor => {
    const seen = values.get(expr);
    if (seen !== undefined) return seen;
    const bound = expr.op === 'input' && expr.name !== null ? bindings[expr.name] : undefined;
    const value = bound ?? evaluateNode(expr, expr.args.map(visit));
    values.set(expr, value);
    return value;
  };
  return exprs.map(visit);
}
