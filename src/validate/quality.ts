import { argmaxOf } from './compare.ts';
import { angleBetween, type Directions, directionsOf } from './directions.ts';
import { type HeadOnTail, type Histograms, histogramsFor } from './histograms.ts';
import type { Original } from './original.ts';

/** What a user's data says of the classifier and of its embeddings. */
export interface Quality {
  readonly samples: number;
  /** The share of samples whose label comes first, by the original's scores and by the cosine; null where it had none. */
  readonly top1: { readonly original: number; readonly cosine: number } | null;
  /** Mean angle between an embedding and the row of its class, in degrees. */
  readonly targetAngle: number | null;
  /** Mean angle between the centres of two classes, in degrees; a centre is the mean of its unit embeddings. */
  readonly centreAngle: number | null;
  /** Mean ‖x‖. */
  readonly embeddingNorm: number | null;
  /** How the samples spread; null where there is none. */
  readonly histograms: Histograms | null;
}

/** More products than these would take longer than they are worth. */
const MOST_PRODUCTS = 4e9;

/** Classes whose centres are compared, each with each. */
const MOST_CENTRES = 1000;

interface Tally {
  samples: number;
  hits: number;
  hitsBefore: number;
  angles: number;
  norms: number;
  /** Sums of unit embeddings by class. */
  readonly centres: Map<number, Float64Array>;
}

/** Takes a sample in, and gives its cosines. */
function count(tally: Tally, x: Directions, i: number, rows: Directions, label: number): Float64Array {
  const { dim } = rows;
  const unit = x.units.subarray(i * dim, (i + 1) * dim);
  const cosines = rows.norms.map((_, j) => dot(unit, rows.units.subarray(j * dim, (j + 1) * dim)));
  tally.samples++;
  tally.hits += Number(argmaxOf(cosines, rows.norms.length)[0] === label);
  tally.norms += x.norms[i] ?? 0;
  tally.angles += angleBetween(x, i, rows, label);
  const centre = tally.centres.get(label) ?? new Float64Array(dim);
  tally.centres.set(
    label,
    centre.map((v, k) => v + (unit[k] ?? 0)),
  );
  return cosines;
}

/**
 * @param labels of each batch; those outside `[0, C)` do not count
 * @param plan what head it is to be, and in the place of what
 */
export function qualityOf(
  original: Original,
  labels: readonly (readonly number[])[],
  rows: Directions,
  plan: HeadOnTail,
): Quality {
  const { dim } = rows;
  const histograms = histogramsFor(plan, rows.norms);
  const classes = rows.norms.length;
  const most = Math.max(1, Math.floor(MOST_PRODUCTS / (classes * dim)));
  const tally: Tally = { samples: 0, hits: 0, hitsBefore: 0, angles: 0, norms: 0, centres: new Map() };
  for (const [batch, { data }] of original.embeddings.entries()) {
    const scores = original.logits?.[batch]?.data as Float32Array | undefined;
    const before = scores === undefined ? null : argmaxOf(scores, classes);
    const x = directionsOf(data as Float32Array, data.length / dim, dim);
    for (const [i, label] of (labels[batch] ?? []).entries()) {
      if (label < 0 || label >= classes || tally.samples >= most) continue;
      tally.hitsBefore += Number(before?.[i] === label);
      const cosines = count(tally, x, i, rows, label);
      const own = scores?.subarray(i * classes, (i + 1) * classes) ?? null;
      histograms.add({ label, cosines, xNorm: x.norms[i] ?? 0, scores: own });
    }
  }
  const { samples, hits, hitsBefore, angles, norms, centres } = tally;
  if (samples === 0)
    return {
      samples,
      top1: null,
      targetAngle: null,
      centreAngle: null,
      embeddingNorm: null,
      histograms: null,
    };
  return {
    samples,
    top1: original.logits && { original: hitsBefore / samples, cosine: hits / samples },
    targetAngle: degrees(angles / samples),
    centreAngle: meanAngle([...centres.values()].slice(0, MOST_CENTRES), dim),
    embeddingNorm: norms / samples,
    histograms: histograms.result(),
  };
}

function meanAngle(centres: readonly Float64Array[], dim: number): number | null {
  const directions = directionsOf(
    centres.flatMap((centre) => [...centre]),
    centres.length,
    dim,
  );
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < centres.length; i++) {
    for (let j = i + 1; j < centres.length; j++) {
      sum += angleBetween(directions, i, directions, j);
      pairs++;
    }
  }
  return pairs === 0 ? null : degrees(sum / pairs);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}

const degrees = (radians: number) => (180 * radians) / Math.PI;
