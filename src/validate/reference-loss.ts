import type { Head } from '../heads/head.ts';
import type { Reduction } from '../heads/loss.ts';
import type { Values } from '../heads/parameters.ts';
import type { Sample } from '../heads/sample.ts';

/** What is made of the losses of samples. */
export interface LossRecipe {
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly classWeights: readonly number[] | null;
}

/**
 * The loss of a batch from its logits [N, C], in float64: one number, or one a sample where nothing is reduced. Samples
 * that do not count have a loss of 0.
 */
export function referenceLoss(
  head: Head,
  values: Values,
  samples: readonly Sample[],
  logits: ArrayLike<number>,
  recipe: LossRecipe,
): Float64Array {
  const each = Float64Array.from(samples, (sample, i) => {
    if (!sample.counts) return 0;
    const classes = sample.theta.length;
    const row = Array.from({ length: classes }, (_, j) => logits[i * classes + j] ?? Number.NaN);
    const own = head.reference.loss?.(row, sample, values) ?? crossEntropy(row, sample.label, recipe);
    return own + head.reference.regulariser(sample, values);
  });
  if (recipe.reduction === 'none') return each;
  const sum = each.reduce((total, loss) => total + loss, 0);
  if (recipe.reduction === 'sum') return Float64Array.of(sum);
  const { classWeights } = recipe;
  const weight = ({ counts, label }: Sample) => (counts ? (classWeights?.[label] ?? 1) : 0);
  const total = samples.reduce((weights, sample) => weights + weight(sample), 0);
  return Float64Array.of(sum / (total === 0 ? 1 : total));
}

/** −log softmax(z)_y, weighted and smoothed as PyTorch's cross_entropy does. */
function crossEntropy(
  logits: readonly number[],
  label: number,
  { labelSmoothing, classWeights }: LossRecipe,
): number {
  const largest = logits.reduce((most, z) => Math.max(most, z), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
  const logSum = Math.log(sum) + largest;
  const weighted = (j: number) => (classWeights?.[j] ?? 1) * (logSum - (logits[j] ?? Number.NaN));
  if (labelSmoothing === 0) return weighted(label);
  const spread = logits.reduce((total, _, j) => total + weighted(j), 0) / logits.length;
  return (1 - labelSmoothing) * weighted(label) + labelSmoothing * spread;
}
