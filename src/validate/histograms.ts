import { relativeLogit, startOf } from '../heads/curve.ts';
import type { Sample } from '../heads/sample.ts';
import type { Plan } from '../rewrite/plan.ts';

/** How many there are in each degree from `from` on; those before and behind are none. */
export interface AngleCounts {
  readonly from: number;
  readonly counts: readonly number[];
}

/** How labelled samples spread, before any training. */
export interface Histograms {
  /** Angles between an embedding and the row of its class. */
  readonly target: AngleCounts;
  /** Angles between an embedding and the row of every other class. */
  readonly others: AngleCounts;
  /** The angles at which a cosine without margin would be what the training logits make of the target's. */
  readonly margined: AngleCounts;
  /** Samples by the probability of their class, in steps of 1/20. */
  readonly probability: {
    /** By the softmax of the original's class scores; null where it had none. */
    readonly original: readonly number[] | null;
    /** By the softmax of the training logits; null where the loss is not cross-entropy. */
    readonly training: readonly number[] | null;
  };
}

/** A labelled sample, measured. */
export interface Measured {
  readonly label: number;
  /** cos θ_j for every class. */
  readonly cosines: Float64Array;
  readonly xNorm: number;
  /** The original's class scores, if it had any. */
  readonly scores: ArrayLike<number> | null;
}

/** The head that is to be, and what it takes the place of. */
export type HeadOnTail = Pick<Plan, 'head' | 'values' | 'needs'> & {
  readonly tail: Pick<Plan['tail'], 'bias' | 'logits'>;
};

const STEPS = 20;

/** Counts samples one by one. What a head takes is as it is at the start. */
export function histogramsFor(
  { head, values, needs, tail }: HeadOnTail,
  norms: Float64Array,
): { readonly add: (sample: Measured) => void; readonly result: () => Histograms } {
  const [target, others, margined] = [0, 0, 0].map(() => new Array<number>(180).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  const [original, training] = [0, 0].map(() => new Array<number>(STEPS).fill(0)) as [number[], number[]];
  const wNorm = [...norms];
  const none = wNorm.map(() => 0);
  const bias = head.keepsBias && tail.bias !== null ? [...tail.bias.rows()] : none;
  const taken = startOf(needs.takes);
  const sampleOf = ({ label, cosines, xNorm }: Measured): Sample => {
    const theta = Array.from(cosines, (c) => Math.acos(Math.min(1, Math.max(-1, c))));
    return { theta, label, counts: true, xNorm, wNorm, bias, taken };
  };
  return {
    add(measured) {
      const { label, scores } = measured;
      const sample = sampleOf(measured);
      for (const [j, angle] of sample.theta.entries()) countAngle(j === label ? target : others, angle);
      // A bias is no part of an angle.
      const bare = { ...sample, bias: none };
      const ratio = relativeLogit(head, values, bare);
      countAngle(margined, Math.acos(Math.min(1, Math.max(-1, ratio))));
      if (scores !== null) countProbability(original, scores, label);
      if (head.isCrossEntropy) countProbability(training, head.reference.logits(sample, values), label);
    },
    result: () => ({
      target: trimmed(target),
      others: trimmed(others),
      margined: trimmed(margined),
      probability: {
        original: tail.logits === null ? null : original,
        training: head.isCrossEntropy ? training : null,
      },
    }),
  };
}

/** Angles in radians, counted in degrees. */
export function angleCounts(): {
  readonly add: (radians: number) => void;
  readonly result: () => AngleCounts;
} {
  const counts = new Array<number>(180).fill(0);
  return { add: (radians) => countAngle(counts, radians), result: () => trimmed(counts) };
}

function countAngle(counts: number[], radians: number): void {
  if (Number.isNaN(radians)) return;
  const degree = Math.min(counts.length - 1, Math.floor((radians * 180) / Math.PI));
  counts[degree] = (counts[degree] ?? 0) + 1;
}

function countProbability(counts: number[], scores: ArrayLike<number>, label: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < scores.length; j++) largest = Math.max(largest, scores[j] ?? Number.NaN);
  let sum = 0;
  for (let j = 0; j < scores.length; j++) sum += Math.exp((scores[j] ?? Number.NaN) - largest);
  const probability = Math.exp((scores[label] ?? Number.NaN) - largest) / sum;
  if (Number.isNaN(probability)) return;
  const step = Math.min(STEPS - 1, Math.floor(probability * STEPS));
  counts[step] = (counts[step] ?? 0) + 1;
}

function trimmed(counts: readonly number[]): AngleCounts {
  const from = Math.max(
    0,
    counts.findIndex((count) => count > 0),
  );
  return { from, counts: counts.slice(from, counts.findLastIndex((count) => count > 0) + 1) };
}
