import { headRows } from '../rewrite/head-rows.ts';
import type { Layers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import { startTensors, type Tensors } from '../rewrite/trained.ts';
import { readable } from '../rewrite/trained-layers.ts';
import { randomRows } from '../tail/random-rows.ts';
import { directionsOf } from '../validate/directions.ts';
import type { Bench } from './measure.ts';
import type { Regime } from './options.ts';

/** How many rows are looked at together. */
const AT_ONCE = 1024;

/**
 * What training of a head starts from; `bench` has what there is to train with. New class rows are as long as those of the layer are in the mean, so that heads that look at
 * lengths start from likely ones; with them goes a bias of the old ones.
 */
export function startOfTraining(
  plan: Plan,
  { init, seed }: Pick<Regime, 'init' | 'seed'>,
  bench: Bench,
): Tensors {
  const start = startTensors(plan);
  if (init === 'original') return start;
  const { classes, dim } = plan.tail.weight;
  const units = init === 'random' ? randomRows(classes, dim, seed) : classMeans(bench, seed);
  const length = meanLength(plan.tail.weight.rows(), classes, dim);
  const rows = units.map((w) => w * length);
  return {
    ...start,
    weight: spread(plan, rows),
    ...(start['bias'] === undefined ? {} : { bias: new Float32Array(classes) }),
  };
}

/** What training of layers starts from: what they hold, by the names that the step graph has for it. */
export function startOfLayers(plan: Plan, layers: Layers | null): Tensors {
  if (layers === null) return {};
  return Object.fromEntries(readable(plan, layers).map(({ name, read }) => [name, read()]));
}

/** New class rows [C, D] as centres [C·K, D]. */
function spread(plan: Plan, all: Float32Array): Float32Array {
  const { weight } = plan.tail;
  const rows = (from = 0, to = weight.classes) => all.subarray(from * weight.dim, to * weight.dim);
  return headRows({ ...plan, trainedRows: null, tail: { ...plan.tail, weight: { ...weight, rows } } });
}

function meanLength(rows: Float32Array, classes: number, dim: number): number {
  let sum = 0;
  for (let j = 0; j < classes; j++) sum += Math.hypot(...rows.subarray(j * dim, (j + 1) * dim));
  return sum / classes || 1;
}

/** The mean of the directions of each class at length 1, [C, D]; drawn at random where a class has none. */
function classMeans({ plan, data, indices: all }: Bench, seed: number): Float32Array {
  const { classes, dim } = plan.tail.weight;
  const sums = new Float64Array(classes * dim);
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const indices = all.subarray(from, from + AT_ONCE);
    const { units } = directionsOf(data.rows.gather(indices), indices.length, dim);
    for (const [place, index] of indices.entries()) {
      const at = (data.labels[index] ?? 0) * dim;
      for (let k = 0; k < dim; k++) sums[at + k] = (sums[at + k] ?? 0) + (units[place * dim + k] ?? 0);
    }
  }
  const { units, norms } = directionsOf(sums, classes, dim);
  const drawn = randomRows(classes, dim, seed);
  return drawn.map((v, i) => (norms[Math.floor(i / dim)] === 0 ? v : (units[i] ?? 0)));
}
