import { abs, reduceSum, sqrt, square, where } from './build.ts';
import type { Expr } from './expr.ts';
import type { Vocabulary } from './vocabulary.ts';

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
 * An expression of the same value in operations that opset and reader have and that run well; itself, where nothing better is
 * known.
 */
export function lowered(expr: Expr, opset: number, vocabulary: Vocabulary): Expr {
  const [a, , mask, value] = expr.args;
  const lacks = (opType: string) => !vocabulary.has(opType, opset);
  if (a === undefined) return expr;
  const keeps = expr.shape.length === a.shape.length;
  if (expr.op === 'reduceL1' && lacks('ReduceL1')) return reduceSum(abs(a), expr.axes, keeps);
  if (expr.op === 'reduceL2' && (isSmall(a) || lacks('ReduceL2'))) {
    // ONNX Runtime adds the squares of ReduceL2 one after the other; ReduceSum is several times faster and as much more
    // exact. Of a large matrix the squares would go to memory and back, which takes longer than it saves.
    return sqrt(reduceSum(square(a), expr.axes, keeps));
  }
  const masks = opset < GATHERS || lacks('GatherElements') || lacks('ScatterElements');
  if (mask === undefined || !masks) return expr;
  // A mask does the same, in more passes over the whole.
  if (expr.op === 'take') return reduceSum(where(mask, a, 0), [-1]);
  if (expr.op === 'put' && value !== undefined) return where(mask, unstretched(value), a);
  return expr;
}
