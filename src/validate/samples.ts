import type { GraphView } from '../graph/view.ts';
import { randomSamples } from './random-inputs.ts';
import { savedSamples } from './saved-inputs.ts';
import type { Feed } from './wire-tensors.ts';

/** What a model is fed at once. */
export type Feeds = Readonly<Record<string, Feed>>;

/** Samples for a model, cut into batches as it takes them. */
export interface Samples {
  readonly batches: readonly Feeds[];
  /** Samples in each batch. */
  readonly sizes: readonly number[];
  /** Labels of each batch, flat; null where they are to be drawn. */
  readonly labels: readonly (readonly number[])[] | null;
  /** What was done to the data to make it fit, for people. */
  readonly notes: readonly string[];
}

export interface SampleOptions {
  /** A .npy, or a .npz with an array for each input. */
  readonly data?: string;
  readonly labels?: string;
  readonly samples?: number;
  readonly seed?: number;
}

/** Saved inputs where there are any, else random ones. @throws MarginError BAD_DATA, UNSUPPORTED_MODEL */
export function samplesFor(view: GraphView, options: SampleOptions): Samples {
  return options.data === undefined
    ? randomSamples(view, options.samples ?? 32, options.seed ?? 0)
    : savedSamples(view, options.data, options.labels ?? null, options.samples ?? null);
}
