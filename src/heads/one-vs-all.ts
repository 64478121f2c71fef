import { abs, add, exp, log, max, mul, neg, reduceSum, where } from '../expr/build.ts';
import type { Expr, Operand } from '../expr/expr.ts';
import type { Parts } from './parts.ts';

/** log(1 + eˣ), with an exponential that cannot overflow. */
export function softplus(x: Expr): Expr {
  return add(max(x, 0), log(add(1, exp(neg(abs(x))))));
}

/** What each of the C binary questions of a sample counts: the one whose answer is yes, and the others. */
export interface OneVsAllWeights {
  readonly target: Operand;
  readonly others: Operand;
}

/**
 * One binary question a class, "is it this one?", with z as its logit: target·softplus(−z_y) + Σ others·softplus(z_j),
 * `[..., 1]`. `held` may bound what goes into softplus.
 */
export function oneVsAll(
  logits: Expr,
  { isTarget }: Parts,
  weights: OneVsAllWeights,
  held: (wrongness: Expr) => Expr = (x) => x,
): Expr {
  const wrongness = held(where(isTarget, neg(logits), logits));
  return reduceSum(mul(where(isTarget, weights.target, weights.others), softplus(wrongness)), [-1]);
}
