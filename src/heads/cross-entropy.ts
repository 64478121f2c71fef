import {
  constant,
  div,
  equal,
  exp,
  log,
  max,
  named,
  reduceMax,
  reduceSum,
  stopGradient,
  sub,
  unsqueeze,
  where,
} from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { tensor } from '../expr/kernels.ts';
import type { Parts } from './parts.ts';

/**
 * Cross-entropy, the mean over the samples that count: −log softmax(z)_y, a scalar.
 *
 * The largest logit of a row is taken off first, so that no exponential overflows. A sample whose label is
 * `ignoreIndex` does not count; any other label outside `[0, C)` has no target column, and the division by that zero
 * makes the loss infinite or NaN: a loss that is silently wrong is worse than none. With no sample left the loss is 0.
 *
 * @param logits `[..., C]`
 * @param labels `[...]`, int32 or int64
 */
export function crossEntropy(logits: Expr, labels: Expr, ignoreIndex: number, { ofTarget }: Parts): Expr {
  const shifted = named('shifted', sub(logits, stopGradient(reduceMax(logits, [-1]))));
  const each = named('cross_entropy', sub(log(reduceSum(exp(shifted), [-1])), ofTarget(shifted)));
  const hasTarget = named('has_target', ofTarget(constant(tensor([1], [1, 1]))));
  const ignored = equal(unsqueeze(labels, -1), named('ignore_index', constant(ignoreIndex, labels.dtype)));
  const losses = where(ignored, 0, div(each, where(ignored, 1, hasTarget)));
  const counts = named('counts', where(ignored, 0, hasTarget));
  return div(reduceSum(losses, undefined, false), max(reduceSum(counts, undefined, false), 1));
}
