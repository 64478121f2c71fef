import type { Plan } from '../rewrite/plan.ts';
import type { Tensors } from '../rewrite/trained.ts';
import { angleBetween, type Directions, directionsOf } from '../validate/directions.ts';
import { type AngleCounts, angleCounts } from '../validate/histograms.ts';
import type { LabelledRows } from './samples.ts';
import { scoreCounts, type Verification } from './verification.ts';

/** What class rows make of samples, in float64. */
export interface Glance {
  readonly samples: number;
  /** The share of samples whose class comes first: by the cosine, or by the scores of a head that keeps its bias. */
  readonly top1: number;
  /** Mean angle between an embedding and the nearest row of its class, in degrees. */
  readonly targetAngle: number;
}

/** The same, looked at closely. */
export interface Measured extends Glance {
  /** Mean angle between an embedding and the nearest row of any other class, in degrees. */
  readonly otherAngle: number;
  /** Angles between the rows of two classes, in degrees: their mean, and that of the two nearest. Null for too many classes. */
  readonly rowAngle: { readonly mean: number; readonly least: number } | null;
  readonly histograms: { readonly target: AngleCounts; readonly others: AngleCounts };
  /** An embedding against a class: the cosine to its row as the score. */
  readonly verification: Verification | null;
}

/** What is measured with. */
export interface Bench {
  readonly plan: Plan;
  readonly data: LabelledRows;
  /** Rows of `data` to measure with. */
  readonly indices: Uint32Array;
}

/** Products of two numbers that a glance may take, and a close look: about 0.2 s and 4 s. */
const GLANCE = 2e8;
export const CLOSE = 4e9;

/** Classes of which each two are compared. */
const MOST_CLASSES = 2000;

const AT_ONCE = 256;

interface Scored {
  readonly label: number;
  /** The largest cosine of each class. */
  readonly cosines: Float64Array;
  readonly xNorm: number;
}

/** The largest cosine of each class to a unit vector. */
function cosinesOf(
  unit: Float64Array,
  { units, dim }: Directions,
  classes: number,
  centres: number,
): Float64Array {
  const cosines = new Float64Array(classes).fill(-1);
  for (let row = 0; row < classes * centres; row++) {
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += (unit[k] ?? 0) * (units[row * dim + k] ?? 0);
    const j = Math.floor(row / centres);
    cosines[j] = Math.max(cosines[j] ?? -1, Math.min(1, sum));
  }
  return cosines;
}

/** Cosines of samples to classes, one sample after another; as many as `most` products allow. */
function* scored({ plan, data, indices }: Bench, rows: Directions, most: number): Generator<Scored> {
  const { classes, dim } = plan.tail.weight;
  const { centres } = plan.needs;
  const count = Math.min(indices.length, Math.max(1, Math.floor(most / (classes * centres * dim))));
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = indices.subarray(from, Math.min(from + AT_ONCE, count));
    const x = directionsOf(data.rows.gather(some), some.length, dim);
    for (const [i, index] of some.entries()) {
      const unit = x.units.subarray(i * dim, (i + 1) * dim);
      const cosines = cosinesOf(unit, rows, classes, centres);
      yield { label: data.labels[index] ?? 0, cosines, xNorm: x.norms[i] ?? 0 };
    }
  }
}

/** Whose class a sample is taken for. */
function winnerOf({ head, tail, needs }: Plan, rows: Directions, bias: Float32Array | undefined) {
  const byScore = head.keepsBias && needs.centres === 1 && tail.weight.classes > 0;
  return ({ cosines, xNorm }: Scored): number => {
    let [best, at] = [Number.NEGATIVE_INFINITY, -1];
    for (let j = 0; j < cosines.length; j++) {
      const c = cosines[j] ?? 0;
      const score = byScore ? xNorm * (rows.norms[j] ?? 0) * c + (bias?.[j] ?? 0) : c;
      if (score > best) [best, at] = [score, j];
    }
    return at;
  };
}

const degrees = (cosine: number) => (180 * Math.acos(Math.min(1, Math.max(-1, cosine)))) / Math.PI;

function directions({ plan }: Bench, { weight = new Float32Array(0) }: Tensors): Directions {
  const { classes, dim } = plan.tail.weight;
  return directionsOf(weight, classes * plan.needs.centres, dim);
}

/** A quick look, as it is taken after each epoch, at as many samples as `most` products allow. */
export function glanceAt(bench: Bench, tensors: Tensors, most = GLANCE): Glance {
  const rows = directions(bench, tensors);
  const winner = winnerOf(bench.plan, rows, tensors['bias']);
  let [samples, hits, angles] = [0, 0, 0];
  for (const sample of scored(bench, rows, most)) {
    samples++;
    hits += Number(winner(sample) === sample.label);
    angles += degrees(sample.cosines[sample.label] ?? 0);
  }
  return { samples, top1: hits / samples, targetAngle: angles / samples };
}

/** A close look, as it is taken before and after training. */
export function measure(bench: Bench, tensors: Tensors): Measured {
  const rows = directions(bench, tensors);
  const winner = winnerOf(bench.plan, rows, tensors['bias']);
  const [target, others] = [angleCounts(), angleCounts()];
  const scores = scoreCounts();
  let [samples, hits, angles, nearest] = [0, 0, 0, 0];
  for (const sample of scored(bench, rows, CLOSE)) {
    const { label, cosines } = sample;
    samples++;
    hits += Number(winner(sample) === label);
    for (const [j, c] of cosines.entries()) {
      scores.add(c, j === label);
      (j === label ? target : others).add(Math.acos(c));
    }
    angles += degrees(cosines[label] ?? 0);
    nearest += degrees(cosines.reduce((most, c, j) => (j === label ? most : Math.max(most, c)), -1));
  }
  return {
    samples,
    top1: hits / samples,
    targetAngle: angles / samples,
    otherAngle: nearest / samples,
    rowAngle: anglesBetween(bench, rows),
    histograms: { target: target.result(), others: others.result() },
    verification: scores.result(),
  };
}

/** Angles between the rows of two classes; of several centres the nearest two. */
function anglesBetween({ plan }: Bench, rows: Directions): Measured['rowAngle'] {
  const { classes } = plan.tail.weight;
  const { centres } = plan.needs;
  if (classes * centres > MOST_CLASSES) return null;
  let [sum, pairs, least] = [0, 0, Math.PI];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const all = Array.from({ length: centres * centres }, (_, i) =>
        angleBetween(rows, a * centres + Math.floor(i / centres), rows, b * centres + (i % centres)),
      );
      const angle = Math.min(...all);
      sum += angle;
      pairs++;
      least = Math.min(least, angle);
    }
  }
  const inDegrees = (radians: number) => (180 * radians) / Math.PI;
  return { mean: inDegrees(sum / pairs), least: inDegrees(least) };
}

/**
 * Two embeddings against each other: their cosine as the score, the same class as what is alike. As many samples as can
 * all be compared. Class rows have no part in it.
 */
export function verifyPairs({ plan, data, indices }: Bench): Verification | null {
  const { dim } = plan.tail.weight;
  const count = Math.min(indices.length, Math.floor(Math.sqrt((2 * CLOSE) / 4 / dim)));
  const some = indices.subarray(0, count);
  const x = directionsOf(data.rows.gather(some), count, dim);
  const scores = scoreCounts();
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += (x.units[a * dim + k] ?? 0) * (x.units[b * dim + k] ?? 0);
      scores.add(sum, data.labels[some[a] ?? 0] === data.labels[some[b] ?? 0]);
    }
  }
  return scores.result();
}
