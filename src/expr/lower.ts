import { reduceSum, sqrt, square, where } from './build.ts';
import type { Expr } from './expr.ts';

/** The first opset that gathers and scatters along an axis. */
const GATHERS = 11;

/** Elements of a matrix of 4 MiB, whose squares are summed up before they have left the cache. */
const CACHED = 2 ** 20;

/** What `where` stretches by itself; before opset 8 there is no Expand to do it for integers. */
const unstretched = (value: Expr): Expr => (value.op === 'broadcastLike' ? (value.args[0] ?? value) : value);

/** Whether a tensor is small; a batch is taken to be. */
const isSmall = ({ shape }: Expr): boolean =>
  shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1) <= CACHED;

/**
 * An expression of the same value in operations that the opset has and that run well; itself, where nothing better is known.
 */
export function lowered(expr: Expr, opset: number): Expr {
  const [a, , mask, value] = expr.args;
  if (a === undefined) return expr;
  if (expr.op === 'reduceL2' && isSmall(a)) {
    // ONNX Runtime adds the squares of ReduceL2 one after the other; ReduceSum is several times faster and as much more
    // exact. Of a large matrix the squares would go to memory and back, which takes longer than it saves.
    return sqrt(reduceSum(square(a), expr.axes, expr.shape.length === a.shape.length));
  }
  if (opset >= GATHERS || mask === undefined) return expr;
  // A mask does the same, in more passes over the whole.
  if (expr.op === 'take') return reduceSum(where(mask, a, 0), [-1]);
  if (expr.op === 'put' && value !== undefined) return where(mask, unstretched(value), a);
  return expr;
}
