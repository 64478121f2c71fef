/** Embeddings at which heads are likely to go wrong, with a label each; row-major [N, D]. */
export interface BoundaryBatch {
  readonly x: Float32Array;
  readonly labels: readonly number[];
}

/**
 * Angles to the target's row: the ends and what is next to them, and both sides of where multiples of an angle reach π,
 * where an easy margin begins, and where θ + m passes π. Some heads jump there, and on the very place rounding decides.
 */
function anglesFor(margin: number): number[] {
  const breaks = [
    Math.PI / 4,
    Math.PI / 3,
    Math.PI / 2,
    (2 * Math.PI) / 3,
    (3 * Math.PI) / 4,
    Math.PI - margin,
  ];
  const sides = breaks.flatMap((angle) => [angle - ASIDE, angle + ASIDE]);
  return [0, 1e-3, ...sides.filter((angle) => angle > 0 && angle < Math.PI), Math.PI - 1e-3, Math.PI];
}

/** Far more than a cosine of float32 may be off, and near enough. */
const ASIDE = 1e-4;

/**
 * Lengths that some heads tell apart (theirs go from 0.001 to some hundred), and those where squares vanish in float32 or
 * overflow.
 */
const LENGTHS = [1, 0.03, 30, 300, 1e-20, 1e20];

/**
 * Embeddings at exact angles to the rows of `w` [C, D] of the first, a middle and the last class, at lengths from 1e-20
 * to 1e20, and one that is zero. `margin` is what the head adds to an angle, 0 where it adds nothing.
 */
export function boundaryBatch(w: Float32Array, classes: number, dim: number, margin: number): BoundaryBatch {
  const targets = [...new Set([0, Math.floor(classes / 2), classes - 1])];
  const rows: (readonly [label: number, row: Float64Array])[] = [[0, new Float64Array(dim)]];
  for (const label of targets) {
    const along = unit(w.subarray(label * dim, (label + 1) * dim));
    const across = perpendicular(along);
    for (const angle of anglesFor(margin))
      rows.push([label, combine(along, Math.cos(angle), across, Math.sin(angle))]);
    for (const length of LENGTHS) rows.push([label, combine(along, 0.6 * length, across, 0.8 * length)]);
  }
  const x = new Float32Array(rows.length * dim);
  for (const [i, [, row]] of rows.entries()) x.set(row, i * dim);
  return { x, labels: rows.map(([label]) => label) };
}

function unit(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const norm = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
  // A zero class row has no direction; any will do.
  return norm === 0 ? values.fill(1 / Math.sqrt(values.length)) : values.map((v) => v / norm);
}

/** A unit vector at a right angle to `along`: the axis that it leans on least, with its part along taken off. */
function perpendicular(along: Float64Array): Float64Array {
  const least = along.reduce((best, v, k) => (Math.abs(v) < Math.abs(along[best] ?? 0) ? k : best), 0);
  const share = along[least] ?? 0;
  return unit(along.map((v, k) => (k === least ? 1 : 0) - share * v));
}

function combine(a: Float64Array, p: number, b: Float64Array, q: number): Float64Array {
  return a.map((v, k) => p * v + q * (b[k] ?? 0));
}
