import {
  add,
  div,
  exp,
  less,
  log,
  mul,
  named,
  pivot,
  reduceMax,
  reduceSum,
  reshape,
  sub,
  where,
} from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import type { Head, TrainingLogits } from './head.ts';
import type { Values } from './parameters.ts';
import type { Parts } from './parts.ts';

export const REDUCTIONS = ['mean', 'sum', 'none'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

/** What is made of the losses of the samples, with the meanings that PyTorch's cross_entropy has. */
export interface LossOptions {
  readonly reduction: Reduction;
  /** The part of the target that is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** `[1, C]`; null: all classes weigh the same. */
  readonly classWeights: Expr | null;
}

export const PLAIN_LOSS: LossOptions = { reduction: 'mean', labelSmoothing: 0, classWeights: null };

/**
 * The loss of a batch: a scalar, or one a sample (`[...]`) where nothing is reduced.
 *
 * A sample with the label that is ignored does not count. Any other label outside `[0, C)` has no target column, and the
 * division by that zero makes the loss infinite or NaN: a loss that is silently wrong is worse than none. With no sample
 * left the loss is 0.
 */
export function lossOf(
  head: Head,
  values: Values,
  logits: TrainingLogits,
  parts: Parts,
  options: LossOptions = PLAIN_LOSS,
): Expr {
  const own = head.loss(logits.all, parts, values) ?? crossEntropy(logits, parts, options);
  const extra = head.regulariser(parts, values);
  const each = named('sample_loss', extra === null ? own : add(own, extra));
  const { ignored, hasTarget, counts, countedAtLeastOne } = parts;
  const losses = where(ignored, 0, div(each, where(ignored, 1, hasTarget)));
  if (options.reduction === 'none') return reshape(losses, losses.shape.slice(0, -1));
  const sum = reduceSum(losses, undefined, false);
  if (options.reduction === 'sum') return sum;
  const weights = options.classWeights;
  if (weights === null) return div(sum, countedAtLeastOne);
  // A mean by weight; no weight at all (every sample ignored) leaves 0 / 1.
  const total = reduceSum(mul(parts.ofTarget(weights), counts), undefined, false);
  return div(sum, where(less(0, total), total, 1));
}

/**
 * −log softmax(z)_y of each sample, `[..., 1]`. The largest logit of a row is taken off first, so that no exponential
 * overflows.
 */
function crossEntropy({ all, target }: TrainingLogits, parts: Parts, options: LossOptions): Expr {
  const { labelSmoothing, classWeights } = options;
  const largest = pivot(reduceMax(all, [-1]));
  const shifted = named('shifted', sub(all, largest));
  const logSum = log(reduceSum(exp(shifted), [-1]));
  const ofLabel = named('cross_entropy', sub(logSum, sub(target, largest)));
  const weighted = classWeights === null ? ofLabel : mul(parts.ofTarget(classWeights), ofLabel);
  if (labelSmoothing === 0) return weighted;
  const ofEach = sub(logSum, shifted);
  const spread = reduceSum(classWeights === null ? ofEach : mul(classWeights, ofEach), [-1]);
  return add(mul(1 - labelSmoothing, weighted), mul(labelSmoothing / parts.classes, spread));
}
