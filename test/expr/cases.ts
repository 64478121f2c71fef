import {
  abs,
  add,
  and,
  broadcastLike,
  cast,
  clamp,
  constant,
  detach,
  div,
  equal,
  exp,
  input,
  less,
  log,
  matmul,
  max,
  min,
  mul,
  neg,
  not,
  or,
  pivot,
  put,
  reduceL1,
  reduceL2,
  reduceMax,
  reduceSum,
  reshape,
  rows,
  sqrt,
  square,
  stopGradient,
  sub,
  take,
  transpose,
  unsqueeze,
  where,
} from '#expr/build.js';
import type { Column, DType, Expr, Shape } from '#expr/expr.js';
import { sizeOf, type Tensor, tensor } from '#expr/kernels.js';
import { angleOf, chebyshev, cosineOf, sineOf } from '#expr/trig.js';
import { normalise } from '#heads/normalise.js';

/** An expression over inputs, and values to run it on. */
export interface ExprCase {
  readonly name: string;
  readonly expr: Expr;
  readonly inputs: Readonly<Record<string, { dtype: DType; shape: Shape; value: Tensor }>>;
}

const N = 3;

/** Values away from 0 and from each other, so that no comparison hangs on rounding and no slope on a kink. */
function values(shape: Shape, from: number, step: number): Tensor {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : N));
  const data = Array.from({ length: sizeOf(dims) }, (_, i) => {
    const value = from + ((i * 7) % sizeOf(dims)) * step;
    return Math.fround(value);
  });
  return tensor(data, dims);
}

const x = input('x', 'float32', ['N', 4]);
const y = input('y', 'float32', ['N', 4]);
const row = input('row', 'float32', [1, 4]);
const column = input('column', 'float32', ['N', 1]);
const scalar = input('scalar', 'float32', []);
const w = input('w', 'float32', [5, 4]);
const cube = input('cube', 'float32', ['N', 2, 4]);
const labels = input('labels', 'int64', ['N']);
const labels32 = input('labels32', 'int32', ['N']);
const picked = input('picked', 'int32', [2]);
const columns = input('columns', 'int32', ['N', 1]);
const tokens = input('tokens', 'int32', ['N', 2, 1]);

const VALUES: Readonly<Record<string, { dtype: DType; shape: Shape; value: Tensor }>> = {
  x: { dtype: 'float32', shape: x.shape, value: values(x.shape, -1.31, 0.23) },
  y: { dtype: 'float32', shape: y.shape, value: values(y.shape, 0.37, 0.19) },
  row: { dtype: 'float32', shape: row.shape, value: values(row.shape, -0.83, 0.61) },
  column: { dtype: 'float32', shape: column.shape, value: values(column.shape, 1.17, -0.71) },
  scalar: { dtype: 'float32', shape: [], value: tensor(0.7109375) },
  w: { dtype: 'float32', shape: w.shape, value: values(w.shape, -1.03, 0.11) },
  cube: { dtype: 'float32', shape: cube.shape, value: values(cube.shape, -1.21, 0.13) },
  labels: { dtype: 'int64', shape: labels.shape, value: tensor([2, 0, 7]) },
  labels32: { dtype: 'int32', shape: labels32.shape, value: tensor([2, 0, 7]) },
  picked: { dtype: 'int32', shape: [2], value: tensor([3, 1]) },
  columns: { dtype: 'int32', shape: columns.shape, value: tensor([2, 0, 3], [N, 1]) },
  tokens: { dtype: 'int32', shape: tokens.shape, value: tensor([2, 0, 3, 1, 1, 2], [N, 2, 1]) },
};

const classes = (dtype: DType) => constant(tensor([0, 1, 2, 3], [1, 4]), dtype);
const negative = less(x, 0);
const chosen = (index: Expr): Column => ({ index, mask: equal(index, classes('int32')) });

const EXPRS: Readonly<Record<string, Expr>> = {
  neg: neg(x),
  abs: abs(x),
  sqrt: sqrt(y),
  exp: exp(x),
  log: log(y),
  add: add(x, row),
  'add, a number': add(2.5, x),
  sub: sub(column, x),
  mul: mul(x, column),
  'mul, a scalar input': mul(scalar, x),
  div: div(x, y),
  'div, broadcasting': div(row, add(column, 3)),
  max: max(x, y),
  'max, broadcasting': max(x, row),
  'max, a number': max(x, 0.05),
  min: min(x, neg(y)),
  'min, broadcasting': min(column, x),
  clamp: clamp(x, -0.52, 0.61),
  less: cast(less(x, row), 'float32'),
  'equal, int64': cast(equal(unsqueeze(labels, -1), classes('int64')), 'float32'),
  'equal, int32': cast(equal(unsqueeze(labels32, -1), classes('int32')), 'float32'),
  and: cast(and(negative, less(x, row)), 'float32'),
  or: cast(or(negative, less(row, x)), 'float32'),
  not: cast(not(negative), 'float32'),
  where: where(negative, mul(x, 2), y),
  'where, broadcasting': where(negative, column, row),
  'where, numbers': where(negative, 1, -1),
  'cast to int32 and back': cast(cast(mul(x, 3), 'int32'), 'float32'),
  'reduceSum, last axis': reduceSum(square(x), [-1]),
  'reduceSum, not kept': reduceSum(x, [1], false),
  'reduceSum, all': reduceSum(mul(x, y), undefined, false),
  'reduceSum, of three axes': reduceSum(cube, [0, 1]),
  'reduceL1, last axis': reduceL1(x, [-1]),
  'reduceL2, last axis': reduceL2(x, [-1]),
  'reduceL2, not kept': reduceL2(cube, [2], false),
  'reduceMax, last axis': reduceMax(x, [-1]),
  'reduceMax, not kept': reduceMax(square(cube), [1], false),
  rows: rows(w, picked),
  take: take(square(x), chosen(columns)),
  'take, of three axes': take(cube, chosen(tokens)),
  put: put(square(x), chosen(columns), column),
  'put, of three axes': put(cube, chosen(tokens), take(square(cube), chosen(tokens))),
  'put, a number': mul(put(x, chosen(columns), 0.5), y),
  'put, what was taken': mul(put(x, chosen(columns), square(take(x, chosen(columns)))), y),
  'put, taken from what was put': add(
    put(x, chosen(columns), column),
    take(put(y, chosen(columns), 3), chosen(columns)),
  ),
  matmul: matmul(x, transpose(w)),
  'matmul, of three axes': matmul(cube, transpose(w)),
  transpose: transpose(mul(w, 2)),
  reshape: reshape(cube, ['rows', 4]),
  'reshape, a name staying': reduceMax(reshape(cube, ['N', 4, 2]), [-1], false),
  unsqueeze: mul(unsqueeze(reduceSum(x, [1], false), -1), row),
  broadcastLike: mul(broadcastLike(column, x), y),
  pivot: add(x, pivot(square(x))),
  stopGradient: add(x, stopGradient(square(x))),
  detach: add(x, detach(sub(square(x), 90))),
  'sine of a cosine': sineOf(mul(x, 0.7)),
  'sine of a cosine, with a clamp': sineOf(mul(x, 0.75), { clamp: 0.1, added: 0.01 }),
  'angle of a cosine': angleOf(mul(x, 0.7)),
  'angle of a cosine, with a clamp': angleOf(mul(x, 0.75), { clamp: 0.1 }),
  'cosine of an angle': cosineOf(mul(y, 4), 12),
  'Chebyshev of 5': chebyshev(5, mul(x, 0.7)),
  'unit rows': normalise('row', x).unit,
  'row lengths': normalise('row', cube).norm,
};

function inputsOf(expr: Expr): ReadonlySet<string> {
  const own = expr.op === 'input' && expr.name !== null ? [expr.name] : [];
  return new Set([...own, ...expr.args.flatMap((arg) => [...inputsOf(arg)])]);
}

/** Every operation, in every way that differs between opsets, and what is built of them. */
export const EXPR_CASES: readonly ExprCase[] = Object.entries(EXPRS).map(([name, expr]) => ({
  name,
  expr,
  inputs: Object.fromEntries(Object.entries(VALUES).filter(([input]) => inputsOf(expr).has(input))),
}));
