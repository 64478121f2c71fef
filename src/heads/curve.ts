import type { Head, Sizes } from './head.ts';
import type { Values } from './parameters.ts';
import type { Sample } from './sample.ts';
import type { Takes } from './taken.ts';

/** The values that a head takes at the start of training, as a `Sample` holds them; noise is 0. */
export function startOf(takes: Takes): Sample['taken'] {
  return Object.fromEntries(
    Object.entries(takes).map(([name, taken]) => {
      if (taken.kind === 'perClass') return [name, taken.values];
      return [name, 'initial' in taken ? taken.initial : 0];
    }),
  );
}

/**
 * A sample of a class, whose classes lie at these angles (radians) where there are any and at right angles else; class
 * rows are of length 1. States are as they are before the first step: a sample by itself has no batch.
 */
export function sampleAt(
  head: Head,
  values: Values,
  sizes: Sizes,
  angles: readonly number[],
  xNorm = 1,
  label = 0,
): Sample {
  const { classes } = sizes;
  return {
    theta: Array.from({ length: classes }, (_, j) => angles[j] ?? Math.PI / 2),
    label,
    counts: true,
    xNorm,
    wNorm: new Array<number>(classes).fill(1),
    bias: new Array<number>(classes).fill(0),
    taken: startOf(head.needs(values, sizes).takes),
  };
}

/** What the target's logit without margin would be if its angle were 0: the unit in which curves are drawn. */
export function fullLogit(head: Head, values: Values, sample: Sample): number {
  const flat = { ...sample, theta: sample.theta.map(() => 0), label: -1 };
  return head.reference.logits(flat, values)[sample.label] ?? 1;
}

/**
 * What a head makes of the target's cosine when it lies at `theta` (radians) and every other class at a right angle: the
 * target's logit in units of what the logit without margin is at 0, so that without margin this is cos θ.
 *
 * `label` matters where classes have numbers of their own.
 */
export function targetCurve(
  head: Head,
  values: Values,
  sizes: Sizes,
  theta: number,
  xNorm = 1,
  label = 0,
): number {
  const angles = new Array<number>(label).fill(Math.PI / 2).concat(theta);
  const sample = sampleAt(head, values, sizes, angles, xNorm, label);
  return (head.reference.logits(sample, values)[label] ?? Number.NaN) / fullLogit(head, values, sample);
}
