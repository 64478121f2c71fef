/** How many columns are written side by side, so that what they share stays in the cache. */
const TILE = 16;

/** A matrix of `rows` by `columns` with its axes exchanged. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let from = 0; from < columns; from += TILE) {
    const to = Math.min(from + TILE, columns);
    for (let i = 0; i < rows; i++)
      for (let j = from; j < to; j++) result[j * rows + i] = matrix[i * columns + j] ?? 0;
  }
  return result;
}
