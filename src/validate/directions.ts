/** Rows of a matrix as unit vectors [count, D], row-major, and their lengths [count], in float64. */
export interface Directions {
  readonly dim: number;
  readonly units: Float64Array;
  readonly norms: Float64Array;
}

/** A zero row has the unit vector 0. Squares of float32 stay far inside the range of float64. */
export function directionsOf(rows: ArrayLike<number>, count: number, dim: number): Directions {
  const units = new Float64Array(count * dim);
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += (rows[i * dim + k] ?? Number.NaN) ** 2;
    const norm = Math.sqrt(sum);
    norms[i] = norm;
    if (norm !== 0) for (let k = 0; k < dim; k++) units[i * dim + k] = (rows[i * dim + k] ?? 0) / norm;
  }
  return { dim, units, norms };
}

/**
 * The angle between row i of `a` and row j of `b` in radians, 2·atan2(‖a − b‖, ‖a + b‖), which is exact near 0 and π where
 * acos of a product is not (W. Kahan, "How futile are mindless assessments of roundoff"). π/2 where one or both are 0.
 */
export function angleBetween(a: Directions, i: number, b: Directions, j: number): number {
  const { dim } = a;
  let minus = 0;
  let plus = 0;
  for (let k = 0; k < dim; k++) {
    const p = a.units[i * dim + k] ?? 0;
    const q = b.units[j * dim + k] ?? 0;
    minus += (p - q) * (p - q);
    plus += (p + q) * (p + q);
  }
  return minus + plus === 0 ? Math.PI / 2 : 2 * Math.atan2(Math.sqrt(minus), Math.sqrt(plus));
}
