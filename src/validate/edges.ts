import { boundaryBatch } from './boundary.ts';
import type { Rows } from './expectations.ts';
import type { Subject } from './recipe.ts';
import { heldBy } from './seam-batches.ts';

/** Rows [count, D] at the seam, with their labels. */
export interface Edge {
  readonly x: Float32Array;
  readonly labels: readonly number[];
}

/** Rows of ordinary length together; each extreme one alone, lest its loss drown the others'. */
export function edgeBatches({ plan }: Pick<Subject, 'plan'>, { w }: Pick<Rows, 'w'>): Edge[] {
  const { tail, values } = plan;
  const { classes, dim } = tail.weight;
  const margin = values['margin'] ?? values['m2'] ?? values['lMargin'];
  const { x, labels } = boundaryBatch(
    firstCentres(w, classes, dim),
    classes,
    dim,
    typeof margin === 'number' ? margin : 0,
  );
  const held = x.map(heldBy(tail.embedding.element));
  const ordinary: number[] = [];
  const extreme: number[] = [];
  for (const i of labels.keys()) {
    const row = held.subarray(i * dim, (i + 1) * dim);
    const largest = row.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    if (!Number.isFinite(largest)) continue; // beyond the backbone's type
    (largest > 1e-3 && largest < 1e3 ? ordinary : extreme).push(i);
  }
  const take = (indices: readonly number[]): Edge => ({
    x: Float32Array.from(indices.flatMap((i) => [...held.subarray(i * dim, (i + 1) * dim)])),
    labels: indices.map((i) => labels[i] ?? 0),
  });
  return [take(ordinary), ...extreme.map((i) => take([i]))];
}

/** The first centre of each class, `[C, D]`. */
function firstCentres(w: Float32Array, classes: number, dim: number): Float32Array {
  const centres = w.length / (classes * dim);
  if (centres === 1) return w;
  const first = new Float32Array(classes * dim);
  for (let c = 0; c < classes; c++)
    first.set(w.subarray(c * centres * dim, (c * centres + 1) * dim), c * dim);
  return first;
}
