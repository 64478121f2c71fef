import { input, reshape, rows } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import type { Remembered } from './optimisers.ts';
import type { Plan } from './plan.ts';

/*
 * Partial FC (An et al., arXiv:2203.15565): a step sees the classes of its samples and some others, drawn anew each time.
 * Everything that has a row or a number for each class goes in whole, and the step picks those of `rows`; what comes out is
 * of the classes that were picked, in their order, for the host to write back. Labels then count in that order too.
 */

/** Which classes a step sees, `[S]`, each once. */
export const ROWS = 'rows';

/** Picks the sampled classes of whatever has something for each class. */
export interface Sampling {
  readonly index: Expr;
  /** Of `[C·K, D]` the rows `[S·K, D]`, of `[C]` or `[1, C]` the numbers `[S]` or `[1, S]`; others stay. */
  readonly pick: (whole: Expr) => Expr;
  /** A memory that goes in whole. */
  readonly remembered: (whole: Expr) => (name: string) => Remembered;
}

export function samplingOf({ tail, needs, labelType }: Plan, sampled: number): Sampling {
  const { classes } = tail.weight;
  const { centres } = needs;
  const index = input(ROWS, labelType, [sampled]);
  const pick = (whole: Expr): Expr => {
    const [first, second] = whole.shape;
    if (first === classes * centres && second !== undefined) {
      if (centres === 1) return rows(whole, index);
      // The centres of a class are rows one below the other.
      const wide = reshape(whole, [classes, centres * Number(second)]);
      return reshape(rows(wide, index), [sampled * centres, second]);
    }
    if (first === classes) return rows(whole, index);
    if (first === 1 && second === classes)
      return reshape(rows(reshape(whole, [classes]), index), [1, sampled]);
    return whole;
  };
  return {
    index,
    pick,
    remembered: (whole) => (name) => {
      const memory = input(name, 'float32', whole.shape);
      return { input: memory, before: pick(memory) };
    },
  };
}
