import { gaussianNumbers } from '../random.ts';

/** `[classes, dim]` row-major: directions drawn evenly from the unit sphere, each of length 1. */
export function randomRows(classes: number, dim: number, seed: number): Float32Array {
  const next = gaussianNumbers(seed);
  const rows = new Float32Array(classes * dim);
  const row = new Float64Array(dim);
  for (let j = 0; j < classes; j++) {
    for (let k = 0; k < dim; k++) row[k] = next();
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    rows.set(
      row.map((v) => v / norm),
      j * dim,
    );
  }
  return rows;
}
