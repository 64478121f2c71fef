import { add, div, input, less, mul, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { tensor } from '../expr/kernels.ts';
import type { Parts } from './parts.ts';

/**
 * What a formula takes besides embeddings, class rows and labels, by its name: one general door each, so that no head is
 * a special case.
 */
export type Taken = {
  /** What it is, in one line. */
  readonly help: string;
} & (
  | {
      /** A number that may change from run to run: an input of the training graph with this default. */
      readonly kind: 'setting';
      readonly initial: number;
    }
  | {
      /** A number carried from step to step: such an input, and an output `<name>_next`; updated before it is used. */
      readonly kind: 'state';
      readonly initial: number;
      /** The new value, a scalar, from the old one and the batch. No gradient flows through it. */
      readonly next: (parts: Parts, before: Expr) => Expr;
    }
  | {
      /** A number that is trained with the class rows: an initializer. */
      readonly kind: 'learned';
      readonly initial: number;
    }
  | {
      /** A number a class, `[C]`: an initializer that is not trained, or is with the class rows. */
      readonly kind: 'perClass';
      readonly values: readonly number[];
      readonly trained?: boolean;
    }
  | {
      /** Random numbers, one a sample, drawn by the caller so that a run can be repeated: an input like `labels`. */
      readonly kind: 'noise';
    }
);

export type Takes = Readonly<Record<string, Taken>>;

/** The expression that stands for something taken, before any update; `batch` is the shape of the labels. */
export function takenInput(name: string, taken: Taken, batch: Expr['shape']): Expr {
  switch (taken.kind) {
    case 'setting':
    case 'state':
      return input(name, 'float32', [], tensor(taken.initial));
    case 'learned':
      return input(name, 'float32', []);
    case 'perClass':
      return input(name, 'float32', [1, taken.values.length]);
    case 'noise':
      return input(name, 'float32', batch);
  }
}

/** The mean of `[..., 1]` over the samples that have a target and count, a scalar; 0 where there is none. */
export function batchMean(x: Expr, { sumCounted, countedAtLeastOne }: Parts): Expr {
  return div(sumCounted(x), countedAtLeastOne);
}

/** A state as it is after a batch: `updated` where at least `least` samples count, else as it was. */
export function whereCounted(least: number, updated: Expr, before: Expr, { counted }: Parts): Expr {
  return where(less(least - 0.5, counted), updated, before);
}

/** A running mean: α·now + (1 − α)·before; as it was where fewer than `least` samples count. */
export function averagedOver(now: Expr, before: Expr, alpha: number, parts: Parts, least = 1): Expr {
  return whereCounted(least, add(mul(now, alpha), mul(before, 1 - alpha)), before, parts);
}
