import { less, mul, not, reduceMax, reduceSum, reshape, transpose, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import type { Parts } from './parts.ts';

/**
 * The median of `[..., 1]` over the samples that count, a scalar: of an even number the larger of the two in the middle
 * (so of cosines, that of the lower median of their angles). `floor` is below every x. Where no sample counts it is
 * any number.
 *
 * No provider but the CPU sorts well and TopK wants its k beforehand, so samples are counted: the median is the largest
 * x that at least half of all are not below. That is a comparison of all pairs, `[N, N]`.
 */
export function upperMedian(
  x: Expr,
  floor: number,
  { counts, counted }: Pick<Parts, 'counts' | 'counted'>,
): Expr {
  const column = asColumn(x);
  // An x that does not count itself does no harm: if half are not below it, the median is not either.
  const notBelow = reduceSum(
    where(not(less(transpose(column), column)), transpose(asColumn(counts)), 0),
    [-1],
  );
  return reduceMax(where(less(mul(2, notBelow), counted), floor, column), undefined, false);
}

/** `[..., 1]` as a matrix of one column, so that tokens count as samples. */
function asColumn(x: Expr): Expr {
  return x.shape.length === 2 ? x : reshape(x, ['samples', 1]);
}
