import {
  add,
  broadcastLike,
  constant,
  div,
  less,
  matmul,
  max,
  mul,
  neg,
  not,
  put,
  reduceSum,
  reshape,
  take,
  transpose,
  where,
} from './build.ts';
import type { Column, Expr, Op } from './expr.ts';

/*
 * Reverse-mode differentiation: new expressions from expressions. An adjoint may stay smaller than its expression
 * where all its elements along an axis are equal; it is stretched where a rule needs the whole.
 */

/** What flows to each argument, given what flows to the result; null where nothing does. */
type Rule = (up: Expr, args: readonly Expr[], expr: Expr) => readonly (Expr | null)[];

/**
 * √u has slope 1/(2√u), infinite at 0, and cosines of float32 reach 1 exactly. They cannot tell 1 − c² from 0 below
 * 2⁻²⁴, so the root in the slope is held at 2⁻¹² or more: exact above, finite below.
 */
const SMALLEST_ROOT = 2 ** -12;

/** Far below the length of any row that is not zero. */
const SMALLEST_LENGTH = 2 ** -100;

const one = (rule: (up: Expr, x: Expr, expr: Expr) => Expr | null): Rule => {
  return (up, [x], expr) => [x === undefined ? null : rule(up, x, expr)];
};

const two = (rule: (up: Expr, a: Expr, b: Expr) => readonly [Expr | null, Expr | null]): Rule => {
  return (up, [a, b]) => (a === undefined || b === undefined ? [] : rule(up, a, b));
};

const none: Rule = (_, args) => args.map(() => null);

/** The side that wins takes all; of equals, the first. */
const chosen = (up: Expr, first: Expr): readonly [Expr, Expr] => [where(first, up, 0), where(first, 0, up)];

const RULES: Readonly<Record<Op, Rule>> = {
  const: none,
  input: none,
  pivot: none,
  stopGradient: none,
  detach: none,
  less: none,
  equal: none,
  and: none,
  not: none,
  neg: one((up) => neg(up)),
  abs: one((up, x) => where(less(x, 0), neg(up), up)),
  sqrt: one((up, _, root) => div(mul(up, 0.5), max(root, SMALLEST_ROOT))),
  exp: one((up, _, value) => mul(up, value)),
  log: one((up, x) => div(up, x)),
  add: two((up) => [up, up]),
  sub: two((up) => [up, neg(up)]),
  mul: two((up, a, b) => [times(up, b), times(up, a)]),
  // The divisor may be a row or a column: what flows to it is summed before it is divided, not divided element by element.
  div: two((up, a, b) => [div(up, b), neg(div(div(sumTo(mul(up, a), b), b), b))]),
  max: two((up, a, b) => chosen(up, not(less(a, b)))),
  min: two((up, a, b) => chosen(up, not(less(b, a)))),
  where: (up, [condition]) => (condition === undefined ? [] : [null, ...chosen(up, condition)]),
  cast: one((up, x) => (x.dtype === 'float32' ? up : null)),
  reduceSum: one((up, x, sum) => restored(up, x, sum)),
  reduceL1: one((up, x, sum) => {
    const whole = restored(up, x, sum);
    return where(less(x, 0), neg(whole), whole);
  }),
  // Of a row of zeros the slope is taken as 0: the division is held finite, and x is 0.
  reduceL2: one((up, x, length) => mul(x, restored(div(up, max(length, SMALLEST_LENGTH)), x, length))),
  reduceMax: one((up, x, most) => {
    const winners = where(less(x, restored(most, x, most)), 0, 1);
    return mul(restored(up, x, most), div(winners, reduceSum(winners, most.axes)));
  }),
  matmul: two((up, a, b) => {
    const [rows, columns] = [a.shape.at(-1) ?? 1, b.shape.at(-1) ?? 1];
    const flat = (x: Expr, width: number | string) =>
      x.shape.length === 2 ? x : reshape(x, ['rows', width]);
    return [matmul(up, transpose(b)), matmul(transpose(flat(a, rows)), flat(up, columns))];
  }),
  transpose: one((up) => transpose(up)),
  reshape: one((up, x) => reshape(up, x.shape)),
  unsqueeze: one((up, x) => reshape(up, x.shape)),
  broadcastLike: (up, [a]) => [a === undefined ? null : up, null],
  // Trained are the rows that were picked, not what they were picked of.
  rows: none,
  take: (up, [a, index, mask]) => [a && index && mask ? put(nothing(a), { index, mask }, up) : null],
  put: (up, [a, index, mask]) => {
    if (a === undefined || index === undefined || mask === undefined) return [];
    const column = { index, mask };
    return [put(up, column, 0), null, null, take(up, column)];
  },
};

/** a·b, where a number goes to the smaller factor of a product and not over the whole of it again. */
function times(a: Expr, b: Expr): Expr {
  const [left, right] = a.args;
  if (a.op !== 'mul' || b.op !== 'const' || b.shape.length > 0 || !left || !right) return mul(a, b);
  return sameShape(left, a) ? mul(left, times(right, b)) : mul(times(left, b), right);
}

/** What a reduction over `x` gave, with its lost axes back as 1. */
function restored(value: Expr, x: Expr, reduction: Expr): Expr {
  if (value.shape.length === x.shape.length || value.shape.length === 0) return value;
  return reshape(
    value,
    x.shape.map((dim, axis) => (reduction.axes.includes(axis) ? 1 : dim)),
  );
}

/** Operations that move elements: their rules need an adjoint of the full shape, whatever the arguments' shapes. */
const MOVES: ReadonlySet<Op> = new Set(['matmul', 'transpose', 'reshape', 'unsqueeze', 'take', 'put']);

const sameShape = (a: Expr, b: Expr) =>
  a.shape.length === b.shape.length && a.shape.every((dim, axis) => dim === b.shape[axis]);

/** Sums out what broadcasting had stretched, so that the adjoint fits `like` (or is smaller and stretches to it). */
function sumTo(adjoint: Expr, like: Expr): Expr {
  const extra = adjoint.shape.length - like.shape.length;
  const leading = adjoint.shape.slice(0, Math.max(extra, 0)).map((_, axis) => axis);
  const folded = leading.length === 0 ? adjoint : reduceSum(adjoint, leading, false);
  const offset = like.shape.length - folded.shape.length;
  const axes = folded.shape.flatMap((dim, axis) =>
    dim !== 1 && like.shape[axis + offset] === 1 ? [axis] : [],
  );
  return reduceSum(folded, axes);
}

/** Every expression that `root` is made of, arguments before results. */
function ordered(root: Expr): Expr[] {
  const order = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (order.has(expr)) return;
    expr.args.forEach(visit);
    order.add(expr);
  };
  visit(root);
  return [...order];
}

/** What no gradient passes. */
const STOPS: ReadonlySet<Op> = new Set(['pivot', 'stopGradient', 'detach']);

/** What depends on one of `wrt` by a way that gradients take. */
function dependents(order: readonly Expr[], wrt: readonly Expr[]): Set<Expr> {
  const depends = new Set<Expr>(wrt);
  for (const expr of order) {
    if (!STOPS.has(expr.op) && expr.args.some((a) => depends.has(a))) depends.add(expr);
  }
  return depends;
}

/** What flows from an expression to each of its arguments that matter, in a shape that fits the argument. */
function flowsOf(expr: Expr, up: Expr, depends: ReadonlySet<Expr>): (readonly [arg: Expr, flow: Expr])[] {
  // An argument that was stretched to the result gets the sum over all that it was stretched to.
  const stretched = expr.args.some((a) => depends.has(a) && !sameShape(a, expr));
  const whole = stretched || MOVES.has(expr.op) ? broadcastLike(up, expr) : up;
  const flows = RULES[expr.op](whole, expr.args, expr);
  return expr.args.flatMap((arg, index) => {
    const flow = flows[index] ?? null;
    return flow === null || !depends.has(arg) ? [] : [[arg, sumTo(flow, arg)] as const];
  });
}

/** Zeros of the shape of `like`. */
const nothing = (like: Expr): Expr => broadcastLike(constant(0), like);

function isNothing({ op, args: [from] }: Expr): boolean {
  return op === 'broadcastLike' && from?.op === 'const' && from.value?.data.every((x) => x === 0) === true;
}

/** The column, and what is in it, of an adjoint that is 0 everywhere else. */
function alone({ op, args: [below, index, mask, value] }: Expr): { column: Column; value: Expr } | null {
  if (op !== 'put' || !below || !index || !mask || !value || !isNothing(below)) return null;
  return { column: { index, mask }, value };
}

/** The sum of two adjoints. One that is 0 but for a column touches that column only. */
function joined(a: Expr, b: Expr): Expr {
  if (isNothing(a)) return b;
  const [left, right] = sameShape(a, b) ? [alone(a), alone(b)] : [null, null];
  if (right !== null) return put(a, right.column, joined(take(a, right.column), right.value));
  return left === null ? add(a, b) : joined(b, a);
}

/**
 * The gradients of `loss` (one element) with respect to each of `wrt`, as expressions of the same shapes. What `loss` does
 * not depend on gets zeros.
 */
export function grad(loss: Expr, wrt: readonly Expr[]): Expr[] {
  const order = ordered(loss);
  const depends = dependents(order, wrt);
  const adjoints = new Map<Expr, Expr>([[loss, constant(1)]]);
  for (const expr of order.toReversed()) {
    const up = adjoints.get(expr);
    if (up === undefined || !depends.has(expr)) continue;
    for (const [arg, flow] of flowsOf(expr, up, depends)) {
      const before = adjoints.get(arg);
      adjoints.set(arg, before === undefined ? flow : joined(before, flow));
    }
  }
  return wrt.map((x) => broadcastLike(adjoints.get(x) ?? constant(0), x));
}
