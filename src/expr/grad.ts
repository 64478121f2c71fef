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
  reduceSum,
  reshape,
  transpose,
  where,
} from './build.ts';
import type { Expr, Op } from './expr.ts';

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
  mul: two((up, a, b) => [mul(up, b), mul(up, a)]),
  div: two((up, a, b) => [div(up, b), neg(div(mul(up, a), mul(b, b)))]),
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
};

/** What a reduction over `x` gave, with its lost axes back as 1. */
function restored(value: Expr, x: Expr, reduction: Expr): Expr {
  if (value.shape.length === x.shape.length || value.shape.length === 0) return value;
  return reshape(
    value,
    x.shape.map((dim, axis) => (reduction.axes.includes(axis) ? 1 : dim)),
  );
}

/** Operations that move elements: their rules need an adjoint of the full shape, whatever the arguments' shapes. */
const MOVES: ReadonlySet<Op> = new Set(['matmul', 'transpose', 'reshape', 'unsqueeze']);

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
const STOPS: ReadonlySet<Op> = new Set(['stopGradient', 'detach']);

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
      adjoints.set(arg, before === undefined ? flow : add(before, flow));
    }
  }
  return wrt.map((x) => broadcastLike(adjoints.get(x) ?? constant(0), x));
}
