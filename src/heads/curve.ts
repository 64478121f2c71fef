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

/**
 * In what a curve is drawn: without margin the logit lies `unit` above `middle` at 0° and as far below it at 180°. The
 * middle is not 0 where the head adds a number to every logit.
 */
export function unmargined(head: Head, values: Values, sample: Sample): { unit: number; middle: number } {
  const [top, bottom] = [0, Math.PI].map((angle) => {
    const flat = { ...sample, theta: sample.theta.map(() => angle), label: -1 };
    return head.reference.logits(flat, values)[sample.label] ?? Number.NaN;
  }) as [number, number];
  return { unit: (top - bottom) / 2, middle: (top + bottom) / 2 };
}

/** A sample's target logit in units of the scale, so that without margin it is cos θ. */
export function relativeLogit(head: Head, values: Values, sample: Sample): number {
  const { unit, middle } = unmargined(head, values, sample);
  return ((head.reference.logits(sample, values)[sample.label] ?? Number.NaN) - middle) / unit;
}

/**
 * What a head makes of the target's cosine when it lies at `theta` (radians) and every other class at a right angle: the
 * target's logit in units of the scale, so that without margin this is cos θ.
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
  return relativeLogit(head, values, sample);
}
