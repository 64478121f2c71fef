import {
  abs,
  div,
  less,
  max,
  mul,
  named,
  reduceMax,
  reduceSum,
  sqrt,
  square,
  stopGradient,
  where,
} from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';

/** Rows whose largest element is below this count as zero: they stay zero, and their gradient stays finite. */
const ZERO = 2 ** -100;

export interface Normalised {
  /** Rows of length 1; a zero row stays zero. Same shape as the rows. */
  readonly unit: Expr;
  /** The lengths, `[..., 1]`. */
  readonly norm: Expr;
}

/**
 * Rows by their Euclidean length along the last axis.
 *
 * A row is divided by its largest element first: squares of 1e20 overflow float32 and squares of 1e-25 vanish. Neither
 * the length nor the direction depends on that divisor, so it may count as a constant and the gradient stays exact.
 * A row that is not zero is then at least 1 long, which guards the second division without an epsilon.
 */
export function normalise(name: string, rows: Expr): Normalised {
  const peak = reduceMax(abs(rows), [-1]);
  const largest = named(`${name}_largest`, stopGradient(where(less(peak, ZERO), 1, peak)));
  const scaled = named(`${name}_scaled`, div(rows, largest));
  const length = named(`${name}_length`, sqrt(reduceSum(square(scaled), [-1])));
  return {
    unit: named(`${name}_unit`, div(scaled, max(length, 1))),
    norm: named(`${name}_norm`, mul(length, largest)),
  };
}
