/** Class rows at length 1, and the lengths they had. */
export interface UnitRows {
  /** Ŵ transposed, row-major [D, C]: as a matrix product from the right takes it. */
  readonly columns: Float32Array;
  /** ‖w_j‖, [C]. */
  readonly norms: Float32Array;
}

/** Normalises the rows of `w` [C, D] once, in float64, and rounds once. A zero row stays zero. */
export function unitRows(w: Float32Array, classes: number, dim: number): UnitRows {
  const columns = new Float32Array(classes * dim);
  const norms = new Float32Array(classes);
  for (let j = 0; j < classes; j++) {
    const row = w.subarray(j * dim, (j + 1) * dim);
    // Squares of float32 stay far inside the range of float64.
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    norms[j] = norm;
    if (norm > 0)
      row.forEach((v, k) => {
        columns[k * classes + j] = v / norm;
      });
  }
  return { columns, norms };
}
