import { MarginError } from '../errors.ts';
import { flagOf } from '../heads/parameters.ts';
import type { LayersOptions } from '../rewrite/layers.ts';
import type { OPTIMISERS } from '../rewrite/optimisers.ts';
import type { RewriteOptions } from '../rewrite/rewrite.ts';
import type { ProviderChoice } from '../validate/messages.ts';
import type { Init, RateSchedule } from './choices.ts';
import type { Progress } from './progress.ts';

/** How the head is trained: everything that decides what comes out, besides the data. */
export type Regime = {
  /** Class rows to start from: those of the layer, drawn at random, or the mean direction of each class. */
  readonly init: Init;
  /** How often every sample is seen. */
  readonly epochs: number;
  /** Samples in a step. */
  readonly batch: number;
  readonly optimiser: (typeof OPTIMISERS)[number];
  /** The learning rate at its highest. */
  readonly lr: number;
  readonly schedule: RateSchedule;
  /** Epochs in which the learning rate rises to `lr`; parts of one count. */
  readonly lrWarmup: number;
  /** Epochs in which the margin grows from none to its own, or λ falls from `lambdaFrom` to its own. */
  readonly marginWarmup: number;
  /** What λ of sphereface and l-softmax falls from. */
  readonly lambdaFrom: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** The part of the learning rate that layers before the head learn with. */
  readonly layersRate: number;
  /** The longest that all gradients together may be; null: however long. */
  readonly clipNorm: number | null;
  /** How many classes a step sees: those of its samples, and others drawn anew each time; null: all. */
  readonly sampledClasses: number | null;
  /** The part of each class that is held back, to measure with. */
  readonly validation: number;
  /** Epochs without a lower loss on what was held back after which training ends; null: it goes on to the last. */
  readonly patience: number | null;
  /** Whether classes may be without samples. */
  readonly allowEmptyClasses: boolean;
  /** Decides the split, the order of samples, noise and new class rows. */
  readonly seed: number;
};

export interface TrainOptions
  extends RewriteOptions,
    LayersOptions,
    Partial<Omit<Regime, 'clipNorm' | 'patience' | 'sampledClasses' | 'seed'>> {
  /** Samples: a .npy, or a .npz with an array for each input of the model. A .npy may be larger than memory. */
  readonly data: string;
  /** Their labels, a .npy of integers. */
  readonly labels: string;
  readonly clipNorm?: number;
  readonly patience?: number;
  readonly sampledClasses?: number;
  /** What runs the step; `auto` unless given: the best GPU present, else the CPU. */
  readonly provider?: ProviderChoice;
  readonly requireGpu?: boolean;
  /** Seconds that one run may take; 300 unless given. */
  readonly timeout?: number;
  /** A folder for checkpoints, and for the embeddings that going on needs; none are written unless given. */
  readonly checkpoints?: string;
  /** Seconds between checkpoints; 30 unless given. They are written at the end of an epoch, and when training is stopped. */
  readonly checkpointEvery?: number;
  /** Go on from the last checkpoint in that folder. */
  readonly resume?: boolean;
  /** Stops training after the step that runs; a checkpoint is then written. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

interface Bound {
  readonly default: number;
  readonly least: number;
  /** The least is not allowed itself. */
  readonly open?: boolean;
  readonly below?: number;
  readonly whole?: boolean;
}

const NUMBERS = {
  epochs: { default: 30, least: 1, whole: true },
  batch: { default: 64, least: 1, whole: true },
  lr: { default: 0.01, least: 0, open: true },
  lrWarmup: { default: 1, least: 0 },
  marginWarmup: { default: 0, least: 0 },
  lambdaFrom: { default: 1000, least: 0 },
  momentum: { default: 0.9, least: 0, below: 1 },
  weightDecay: { default: 0, least: 0 },
  // A backbone that knows something already is easily spoilt by steps that new class rows need.
  layersRate: { default: 0.1, least: 0, open: true },
  clipNorm: { default: 0, least: 0, open: true },
  validation: { default: 0.2, least: 0, below: 1 },
  patience: { default: 0, least: 1, whole: true },
  checkpointEvery: { default: 30, least: 0 },
} as const satisfies Readonly<Record<string, Bound>>;

/** The regime with defaults for what was left out. @throws MarginError BAD_PARAM, BAD_USAGE */
export function regimeOf(options: TrainOptions): Regime {
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) refuseOutside(name, options[name]);
  const number = (name: Exclude<keyof typeof NUMBERS, 'clipNorm' | 'patience' | 'checkpointEvery'>) =>
    options[name] ?? NUMBERS[name].default;
  const isNew = options.embedding !== undefined || options.classes !== undefined;
  if (options.init === 'original' && isNew) throw nothingOriginal(options);
  return {
    init: options.init ?? (isNew ? 'class-means' : 'original'),
    epochs: number('epochs'),
    batch: number('batch'),
    optimiser: options.optimiser ?? 'adamw',
    lr: number('lr'),
    schedule: options.schedule ?? 'cosine',
    lrWarmup: number('lrWarmup'),
    marginWarmup: number('marginWarmup'),
    lambdaFrom: number('lambdaFrom'),
    momentum: number('momentum'),
    weightDecay: number('weightDecay'),
    layersRate: number('layersRate'),
    clipNorm: options.clipNorm ?? null,
    sampledClasses: options.sampledClasses ?? null,
    validation: number('validation'),
    patience: options.patience ?? null,
    allowEmptyClasses: options.allowEmptyClasses ?? false,
    seed: options.seed ?? 0,
  };
}

/** Seconds between checkpoints. */
export const intervalOf = ({ checkpointEvery }: TrainOptions) =>
  checkpointEvery ?? NUMBERS.checkpointEvery.default;

function refuseOutside(name: keyof typeof NUMBERS, value: number | undefined): void {
  if (value === undefined) return;
  const { least, open = false, below = Number.POSITIVE_INFINITY, whole = false }: Bound = NUMBERS[name];
  const fits = (open ? value > least : value >= least) && value < below;
  if (fits && (!whole || Number.isInteger(value))) return;
  throw new MarginError({
    code: 'BAD_PARAM',
    message: `--${flagOf(name)} is out of range.`,
    saw: `--${flagOf(name)} ${value}`,
    expected: `${whole ? 'a whole number' : 'a number'} in ${open ? '(' : '['}${least}, ${below === Number.POSITIVE_INFINITY ? '∞' : below})`,
    tryThis: [`--${flagOf(name)} ${NUMBERS[name].default || 5}`],
  });
}

/**
 * A sample of classes holds all those of a batch, and is none where it is larger than all.
 * @throws MarginError BAD_PARAM
 */
export function refuseOddSample({ sampledClasses, batch }: Regime, classes: number, each: number): void {
  if (sampledClasses === null) return;
  const least = Math.max(2, Math.min(classes, batch * each));
  if (Number.isInteger(sampledClasses) && sampledClasses >= least && sampledClasses <= classes) return;
  throw new MarginError({
    code: 'BAD_PARAM',
    message: '--sampled-classes is out of range.',
    saw: `--sampled-classes ${sampledClasses}, with ${classes} classes and batches of ${batch * each} labels`,
    expected: `a whole number from ${least} to ${classes}: room for every label of a batch`,
    tryThis: [`--sampled-classes ${least}`, 'leave it out: a step then sees all classes'],
  });
}

function nothingOriginal({ embedding, classes }: TrainOptions): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: 'A new head has no original class rows to start from.',
    saw: `--init original with ${embedding === undefined ? `--classes ${classes}` : '--embedding'}`,
    expected: '--init class-means or --init random',
    tryThis: ['--init class-means'],
  });
}
