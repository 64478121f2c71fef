import {
  abs,
  add,
  and,
  constant,
  less,
  mul,
  not,
  reduceMax,
  reduceSum,
  reshape,
  sub,
  transpose,
  where,
} from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import type { Parts } from './parts.ts';

/*
 * Ranks within a batch by comparing each sample with all: sorting is among the operators that providers lack. Nothing
 * here has a gradient.
 */

/** Below every number that is ranked. */
const LEAST = -1e30;

/** `[..., 1]` as one row `[1, B]`, for each sample to be compared with all. */
const rowOf = (x: Expr) => reshape(x, [1, 'B']);

/** Of how many samples that count it holds, `[..., 1]`; `holds` is bool `[..., B]`. */
const countOf = (holds: Expr, { counts }: Parts) => reduceSum(where(holds, rowOf(counts), 0), [-1]);

/** How many have more than each sample, `[..., 1]`: its rank from the top, 0 the first; equals share the better rank. */
const rankFromTop = (x: Expr, parts: Parts) => countOf(less(x, rowOf(x)), parts);

/** The number that would stand at a rank (`[..., 1]`, 0 the least) if those of samples that count were sorted. */
function atRank(numbers: Expr, rank: Expr, parts: Parts): Expr {
  const row = rowOf(numbers);
  // It is the largest of those that have at most so many below them. That holds for equal numbers too, and numbers that
  // do not count change nothing: one that has no more below it is no larger.
  const below = rowOf(countOf(less(row, numbers), parts));
  return reduceMax(where(less(below, add(rank, 0.5)), row, LEAST), [-1]);
}

/** What is shared out among the samples that count; others keep their own. */
const amongCounted = (shared: Expr, own: Expr, { counts }: Parts) => where(less(counts, 0.5), own, shared);

/** The same numbers, handed out anew: the sample with the most of `by` gets the least of them, and so on. */
export function sharedByRank(numbers: Expr, by: Expr, parts: Parts): Expr {
  return amongCounted(atRank(numbers, rankFromTop(by, parts), parts), numbers, parts);
}

/**
 * The numbers as a sort order is easily misread: where sample a has rank r, the sample in place r gets number a of the
 * sorted ones, instead of sample a number r. Places are among the samples that count.
 */
export function sharedByOrder(numbers: Expr, by: Expr, parts: Parts): Expr {
  const place = placeOf(parts);
  // Of equals the first in the batch comes first, so that each rank has a sample.
  const equals = and(not(less(by, rowOf(by))), not(less(rowOf(by), by)));
  const rank = add(rankFromTop(by, parts), countOf(and(equals, less(rowOf(place), place)), parts));
  const holder = less(abs(sub(rowOf(rank), place)), 0.5);
  const order = reduceSum(where(and(holder, less(0.5, rowOf(parts.counts))), rowOf(place), 0), [-1]);
  return amongCounted(atRank(numbers, order, parts), numbers, parts);
}

/** Batches that places are told apart in. */
export const MOST_PLACES = 1024;

/** The place of each sample of `[N, 1]` among those that count. */
function placeOf(parts: Parts): Expr {
  const { counts } = parts;
  const [samples = 1] = counts.shape;
  // N rows of 0 … M−1, laid out anew in M rows of N: the first of them begins 0, 1, 2 …
  const numbers = constant({
    shape: [1, MOST_PLACES],
    data: Float64Array.from({ length: MOST_PLACES }, (_, i) => i),
  });
  const laidOut = reshape(add(mul(counts, 0), numbers), [MOST_PLACES, samples]);
  const first = constant({
    shape: [MOST_PLACES, 1],
    data: Float64Array.from({ length: MOST_PLACES }, (_, i) => Number(i === 0)),
  });
  const index = transpose(reduceSum(mul(laidOut, first), [0]));
  return countOf(less(rowOf(index), index), parts);
}
