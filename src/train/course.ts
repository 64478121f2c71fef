import { gaussianNumbers } from '../random.ts';
import type { Layers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { RewriteOptions } from '../rewrite/rewrite.ts';
import { ROWS } from '../rewrite/sampled.ts';
import type { Benches } from './benches.ts';
import type { Regime } from './options.ts';
import type { Place } from './place.ts';
import type { Samples } from './samples.ts';
import { sampleClasses } from './sampling.ts';
import { lambdaAt, rateAt } from './schedule.ts';
import { type Split, shuffle } from './split.ts';
import type { StepFeeds } from './stepper.ts';
import { fedAt } from './tables.ts';

/** Everything that a training runs with, settled. */
export interface Course {
  readonly plan: Plan;
  readonly options: RewriteOptions;
  readonly regime: Regime;
  /** The layers before the head that are trained; null: the head alone. */
  readonly layers: Layers | null;
  readonly data: Samples;
  readonly split: Split;
  readonly place: Place;
  readonly benches: Benches;
}

/** Steps of an epoch; the last may be of fewer samples. */
export const stepsPerEpoch = ({ split, regime }: Course) => Math.ceil(split.training.length / regime.batch);

/** Seeds of one training are far from those of the next. */
const APART = 1_000_003;

/** The order in which samples are seen in an epoch, counted from 0. */
export function orderOf({ split, regime }: Course, epoch: number): Uint32Array {
  return shuffle(split.training.slice(), regime.seed * APART + epoch + 1);
}

/** Steps in which the margin grows, or λ falls. */
export const marginSteps = (course: Course) => Math.round(course.regime.marginWarmup * stepsPerEpoch(course));

/** Whether λ is what eases a head's beginning, and not a part of its margin. */
export const fallsByLambda = ({ plan }: Course) => plan.needs.takes['lambda']?.kind === 'setting';

/** The learning rate of a step, counted from 0. */
export function rateOf(course: Course, step: number): number {
  const { lr, schedule, lrWarmup, epochs } = course.regime;
  const perEpoch = stepsPerEpoch(course);
  return rateAt(step, { steps: perEpoch * epochs, warmup: Math.round(lrWarmup * perEpoch), lr, schedule });
}

/**
 * What a step, counted from 0, is fed with the samples at these places, besides what it carries. Of a sample of classes
 * `draw` decides which they are.
 */
export function batchOf(course: Course, places: Uint32Array, step: number, draw = step): StepFeeds {
  const { data, regime } = course;
  const dims = [places.length, ...data.labelDims];
  return {
    ...fedAt(data.fed, places),
    ...labelFeeds(course, labelsAt(data, places), dims, draw),
    lr: scalar(rateOf(course, step)),
    ...(regime.optimiser === 'adamw' ? { step: scalar(step + 1) } : {}),
    ...takenFeeds(course, dims, step),
  };
}

/** The labels of samples, one behind the other. */
function labelsAt({ labels, count }: Samples, places: Uint32Array): Int32Array {
  const each = labels.length / count;
  const chosen = new Int32Array(places.length * each);
  for (const [i, place] of places.entries())
    chosen.set(labels.subarray(place * each, (place + 1) * each), i * each);
  return chosen;
}

/** Labels, as places among the classes of the step where it sees some alone, and which these are. */
function labelFeeds(
  { plan, regime }: Course,
  labels: Int32Array,
  dims: readonly number[],
  draw: number,
): StepFeeds {
  const { sampledClasses: count } = regime;
  const asLabels = (data: Int32Array) => ({ labels: { element: 'int32', dims, data } });
  if (count === null) return asLabels(labels);
  const sampled = sampleClasses(labels, plan.tail.weight.classes, count, (regime.seed + 2) * APART + draw);
  return { ...asLabels(sampled.labels), [ROWS]: { element: 'int32', dims: [count], data: sampled.rows } };
}

const scalar = (value: number) => ({ element: 'float32', dims: [], data: Float32Array.of(value) });

/** Settings of the head as they are in a step, and noise that is the same whenever the step is taken again. */
function takenFeeds(course: Course, dims: readonly number[], step: number): StepFeeds {
  const { plan, regime } = course;
  const length = dims.reduce((product, dim) => product * dim, 1);
  const feeds = Object.entries(plan.needs.takes).flatMap(([name, taken]): [string, StepFeeds[string]][] => {
    if (taken.kind === 'setting') {
      const falls = name === 'lambda' && fallsByLambda(course);
      const from = falls ? regime.lambdaFrom : taken.initial;
      return [[name, scalar(lambdaAt(step, from, taken.initial, marginSteps(course)))]];
    }
    if (taken.kind !== 'noise') return [];
    const data = Float32Array.from({ length }, gaussianNumbers((regime.seed + 1) * APART + step));
    return [[name, { element: 'float32', dims, data }]];
  });
  return Object.fromEntries(feeds);
}
