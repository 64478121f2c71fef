import type { Shape } from '../expr/expr.ts';
import { VOCABULARIES } from '../expr/vocabulary.ts';
import { fromHalf, toHalf } from '../model/half.ts';
import { gaussianNumbers } from '../random.ts';
import type { Plan } from '../rewrite/plan.ts';
import { embeddingShape } from '../rewrite/seam.ts';
import type { GraphKind } from './recipe.ts';
import type { Feeds } from './samples.ts';
import type { Feed } from './wire-tensors.ts';

/** Embeddings and labels as the part of a graph behind the backbone takes them at once. */
export interface SeamFeed {
  readonly x: Feed;
  readonly labels: Feed;
  /** Rows that are meant; those behind them only fill a batch up, and do not count in the loss. */
  readonly from: number;
  readonly to: number;
}

/** Labels as a tensor of the type that the training graph asks for. */
export function labelFeed({ labelType }: Plan, labels: readonly number[], dims: readonly number[]): Feed {
  const data = labelType === 'int32' ? Int32Array.from(labels) : BigInt64Array.from(labels, BigInt);
  return { element: labelType, dims, data };
}

/** Normal noise for what a head takes of it, one number a sample, the same every time. */
export function noiseFor({ needs }: Plan, count: number): Record<string, Float32Array> {
  const names = Object.entries(needs.takes).flatMap(([name, { kind }]) => (kind === 'noise' ? [name] : []));
  return Object.fromEntries(
    names.map((name, index) => {
      const next = gaussianNumbers(index + 1);
      return [name, Float32Array.from({ length: count }, next)];
    }),
  );
}

/** Noise as tensors, of the shape that the labels have; a batch that is filled up is filled with 0. */
export function noiseFeeds(
  noise: Readonly<Record<string, ArrayLike<number>>>,
  dims: readonly number[],
): Record<string, Feed> {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return Object.fromEntries(
    Object.entries(noise).map(([name, numbers]) => {
      const data = Float32Array.from({ length }, (_, i) => numbers[i] ?? 0);
      return [name, { element: 'float32', dims, data }];
    }),
  );
}

/** What a training graph takes besides: noise, and numbers as they are at the start where they have no defaults. */
export function takenFeeds(
  { needs, target }: Plan,
  noise: Readonly<Record<string, ArrayLike<number>>>,
  dims: readonly number[],
): Record<string, Feed> {
  const drawn = noiseFeeds(noise, dims);
  if (!VOCABULARIES[target].fixesDefaults) return drawn;
  const starts = Object.entries(needs.takes).flatMap(([name, taken]): [string, Feed][] => {
    if (taken.kind !== 'setting' && taken.kind !== 'state') return [];
    return [[name, { element: 'float32', dims: [], data: Float32Array.of(taken.initial) }]];
  });
  return { ...drawn, ...Object.fromEntries(starts) };
}

/** Labels and noise that go with a batch of samples. */
export interface Given {
  readonly labels: readonly number[];
  readonly noise: Readonly<Record<string, ArrayLike<number>>>;
}

/** What a whole graph is fed: the model's own inputs, and for training what the head takes. `embedding` has its shape. */
export function graphFeeds(
  kind: GraphKind,
  plan: Plan,
  batch: Feeds,
  { labels, noise }: Given,
  embedding: readonly number[],
): Feeds {
  if (kind === 'infer') return batch;
  const dims = embedding.slice(0, plan.tail.spatial ? 1 : -1);
  return { ...batch, labels: labelFeed(plan, labels, dims), ...takenFeeds(plan, noise, dims) };
}

/** A number as the backbone's type holds it. */
export function heldBy(element: string): (x: number) => number {
  return element === 'float16' ? (x) => fromHalf(toHalf(x)) : Math.fround;
}

/**
 * Rows [count, D] in batches of the shape that the embedding has: all of them at once, or as many as the model is made
 * for.
 */
export function seamFeeds(plan: Plan, x: Float32Array, labels: readonly number[]): SeamFeed[] {
  const { tail, ignoreIndex } = plan;
  const { dim } = tail.weight;
  const batch: Shape = embeddingShape(tail).slice(0, -1);
  const fixed = batch.reduce<number>(
    (product, each) => (typeof each === 'number' ? product * each : product),
    1,
  );
  const allFixed = batch.every((each) => typeof each === 'number');
  const step = allFixed ? fixed : Math.ceil(labels.length / fixed) * fixed;
  return Array.from({ length: Math.ceil(labels.length / step) }, (_, i): SeamFeed => {
    const [from, to] = [i * step, Math.min((i + 1) * step, labels.length)];
    // The first open dimension takes all; further ones are of one.
    const first = batch.findIndex((each) => typeof each !== 'number');
    const dims = batch.map((each, axis) =>
      typeof each === 'number' ? each : axis === first ? step / fixed : 1,
    );
    const rows = new Float32Array(step * dim);
    rows.set(x.subarray(from * dim, to * dim));
    const filled = Array.from({ length: step }, (_, row) => labels[from + row] ?? ignoreIndex);
    // A map of one place or more, whose numbers are flattened to D.
    const map = tail.spatial ? tail.embedding.shape.slice(2).map(Number) : [];
    const channels = map.reduce((rest, size) => rest / size, dim);
    const { element } = tail.embedding;
    const data = element === 'float64' ? Float64Array.from(rows) : rows;
    return {
      x: { element, dims: [...dims, channels, ...map], data },
      labels: labelFeed(plan, filled, dims),
      from,
      to,
    };
  });
}
