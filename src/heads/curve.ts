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
 * What a head makes of the target's cosine when it lies at `theta` (radians) and every other class at a right angle: the
 * target's logit in units of what the logit without margin is at 0, so that without margin this is cos θ.
 *
 * States are as they are before the first step: a sample by itself has no batch. `label` matters where classes have
 * numbers of their own.
 */
export function targetCurve(
  head: Head,
  values: Values,
  sizes: Sizes,
  theta: number,
  xNorm = 1,
  label = 0,
): number {
  const { takes } = head.needs(values, sizes);
  const { classes } = sizes;
  const sample: Sample = {
    theta: Array.from({ length: classes }, (_, j) => (j === label ? theta : Math.PI / 2)),
    label,
    counts: true,
    xNorm,
    wNorm: new Array<number>(classes).fill(1),
    bias: new Array<number>(classes).fill(0),
    taken: startOf(takes),
  };
  const full =
    head.reference.logits({ ...sample, theta: sample.theta.map(() => 0), label: -1 }, values)[label] ?? 1;
  return (head.reference.logits(sample, values)[label] ?? Number.NaN) / full;
}
