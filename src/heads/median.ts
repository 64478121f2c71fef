import { and, less, mul, not, reduceMax, reduceSum, reshape, transpose, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import type { Parts } from './parts.ts';

/**
 * The median of `[..., 1]` over the samples that count, a scalar: of an even number the larger of the two in the middle
 * (which makes it the lower median of angles where `x` are cosines). `without` where no sample counts.
 *
 * No provider but the CPU sorts well and TopK wants its k beforehand, so ranks are counted: x is the median where fewer
 * than half of all lie above it and at least half are not below it. That is a comparison of all pairs, `[N, N]`.
 */
export function upperMedian(x: Expr, { counts, counted }: Parts, without: number): Expr {
  const [column, weights] = [asColumn(x), asColumn(counts)];
  const row = transpose(column);
  const countWhere = (condition: Expr) => reduceSum(where(condition, transpose(weights), 0), [-1]);
  const above = countWhere(less(column, row));
  const notBelow = countWhere(not(less(row, column)));
  const inTheMiddle = and(less(mul(2, above), counted), not(less(mul(2, notBelow), counted)));
  return reduceMax(where(and(less(0.5, weights), inTheMiddle), column, without), undefined, false);
}

/** `[..., 1]` as a matrix of one column, so that tokens count as samples. */
function asColumn(x: Expr): Expr {
  return x.shape.length === 2 ? x : reshape(x, ['samples', 1]);
}
