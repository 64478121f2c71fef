import { div, less, max, mul, named, pivot, reduceL1, reduceL2, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';

/** Rows whose elements sum to less than this count as zero: they stay zero, and their gradient stays finite. */
const ZERO = 2 ** -100;

/** No row of float32 that is not zero is shorter than this once its elements sum to 1. */
const SHORTEST = 2 ** -20;

export interface Normalised {
  /** Rows of length 1; a zero row stays zero. Same shape as the rows. */
  readonly unit: Expr;
  /** The lengths, `[..., 1]`. */
  readonly norm: Expr;
}

/**
 * Rows by their Euclidean length along the last axis.
 *
 * A row is divided by the sum of its elements' sizes first: squares of 1e20 overflow float32 and squares of 1e-25
 * vanish. Neither the length nor the direction depends on that divisor, so it may count as a constant and the gradient
 * stays exact.
 */
export function normalise(name: string, rows: Expr): Normalised {
  const sum = reduceL1(rows, [-1]);
  const size = named(`${name}_size`, pivot(where(less(sum, ZERO), 1, sum)));
  const scaled = named(`${name}_scaled`, div(rows, size));
  const length = named(`${name}_length`, reduceL2(scaled, [-1]));
  return {
    unit: named(`${name}_unit`, div(scaled, max(length, SHORTEST))),
    norm: named(`${name}_norm`, mul(length, size)),
  };
}

/**
 * The lengths of class rows `[C, D]` as `[1, C]` to divide products by, 1 for a zero row.
 *
 * Class rows are read once and not copied, for they may be millions: their squares must fit float32, as those of any
 * trained layer do (elements between 1e-19 and 1e19).
 */
export function rowLengths(norm: Expr): Expr {
  return named('weight_divisor', where(less(norm, ZERO), 1, norm));
}
