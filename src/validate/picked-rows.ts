/** Rows of a matrix, one behind the other, into an array that is as long. */
export function pickRows(
  whole: Float32Array,
  rows: ArrayLike<number | bigint>,
  width: number,
  into: Float32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const at = placeOf(rows, i) * width;
    into.set(whole.subarray(at, at + width), i * width);
  }
}

/** Puts rows back to where they came from. */
export function putRows(
  whole: Float32Array,
  rows: ArrayLike<number | bigint>,
  width: number,
  from: Float32Array,
): void {
  for (let i = 0; i < rows.length; i++)
    whole.set(from.subarray(i * width, (i + 1) * width), placeOf(rows, i) * width);
}

const placeOf = (rows: ArrayLike<number | bigint>, i: number) => Number(rows[i] ?? 0);
