/** What a comparison allows: |got − expected| ≤ atol + rtol·|expected|, and more where a function is steep. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
  /** Why it is what it is. */
  readonly reason: string;
}

/** A number that is furthest off, measured by what is allowed there. */
export interface Worst {
  readonly abs: number;
  readonly rel: number;
  /** What was allowed at this place. */
  readonly allowed: number;
  readonly where: readonly number[];
  readonly got: number;
  readonly expected: number;
}

/** How far all numbers are off, whatever is allowed. */
export interface Spread {
  readonly meanAbs: number;
  readonly p99Abs: number;
  readonly maxAbs: number;
  readonly maxRel: number;
  /** Largest distance in units of the last place of float32. */
  readonly maxUlp: number;
  /** Numbers of which one side is NaN or infinite and the other is not the same. */
  readonly nonFinite: number;
  /** Rows in which another element is the largest; null where there are no rows. */
  readonly argmaxFlips: number | null;
}

export interface Comparison {
  readonly ok: boolean;
  readonly count: number;
  readonly worst: Worst | null;
  /** The least factor on what is allowed that would pass: at most 1 where all is well. */
  readonly leastTolerance: number;
  readonly spread: Spread;
}

/** What is allowed at each element: atol + rtol·|expected|, and `slack` on top where there is any. */
export function allowedAt(
  expected: ArrayLike<number>,
  { rtol, atol }: Tolerance,
  slack: ArrayLike<number> | null = null,
): Float64Array {
  return Float64Array.from(expected, (x, i) => atol + rtol * Math.abs(x) + (slack?.[i] ?? 0));
}

/** Compares in float64, element by element against what is allowed there. `dims` is the shape of both. */
export function compare(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  dims: readonly number[],
  allowed: ArrayLike<number>,
): Comparison {
  if (got.length !== expected.length) throw new RangeError(`${got.length} numbers for ${expected.length}`);
  const off = Float64Array.from(got, (a, i) => differenceOf(a, expected[i] ?? Number.NaN));
  const factors = off.map((distance, i) => ratio(distance, allowed[i] ?? 0));
  const at = factors.reduce((worst, factor, i) => (factor > (factors[worst] ?? 0) ? i : worst), 0);
  const leastTolerance = factors[at] ?? 0;
  return {
    ok: leastTolerance <= 1,
    count: got.length,
    worst: got.length === 0 ? null : worstAt(at, allowed[at] ?? 0, got, expected, dims),
    leastTolerance,
    spread: spreadOf(off, got, expected, dims),
  };
}

function spreadOf(
  off: Float64Array,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  dims: readonly number[],
): Spread {
  const sorted = off.toSorted();
  const largest = (f: (distance: number, x: number) => number) =>
    off.reduce((most, distance, i) => Math.max(most, f(distance, Math.abs(expected[i] ?? 0))), 0);
  return {
    meanAbs: off.reduce((sum, distance) => sum + distance, 0) / Math.max(off.length, 1),
    p99Abs: sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)] ?? 0,
    maxAbs: sorted.at(-1) ?? 0,
    maxRel: largest(ratio),
    maxUlp: largest((distance, x) => ratio(distance, ulp(x))),
    nonFinite: off.reduce((count, distance) => count + Number(!Number.isFinite(distance)), 0),
    argmaxFlips: dims.length < 2 ? null : flips(got, expected, dims.at(-1) ?? 1),
  };
}

/** A distance measured by something; no distance is 0 whatever it is measured by. */
const ratio = (distance: number, by: number) => (distance === 0 ? 0 : distance / by);

/** How far two numbers are apart: 0 for two NaNs and for the same infinity, ∞ where only one is not finite. */
function differenceOf(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const off = Math.abs(a - b);
  return Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
}

/** The distance between neighbours of float32 at a number of 0 or more. */
function ulp(x: number): number {
  return 2 ** Math.max(Math.floor(Math.log2(x)) - 23, -149);
}

function worstAt(
  at: number,
  allowed: number,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  dims: readonly number[],
): Worst {
  const [a, b] = [got[at] ?? Number.NaN, expected[at] ?? Number.NaN];
  const abs = differenceOf(a, b);
  return { abs, rel: ratio(abs, Math.abs(b)), allowed, where: placeOf(at, dims), got: a, expected: b };
}

/** The indices of the element at a position in row-major order. */
function placeOf(position: number, dims: readonly number[]): number[] {
  let rest = position;
  const place: number[] = [];
  for (const dim of dims.toReversed()) {
    place.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return place;
}

function flips(a: ArrayLike<number>, b: ArrayLike<number>, width: number): number {
  const [left, right] = [argmaxOf(a, width), argmaxOf(b, width)];
  return left.reduce((count, winner, row) => count + Number(winner !== right[row]), 0);
}

/** The index of the largest element of each row of `width`; of equals, the first. */
export function argmaxOf(rows: ArrayLike<number>, width: number): number[] {
  return Array.from({ length: Math.floor(rows.length / width) }, (_, row) => {
    let best = 0;
    for (let j = 1; j < width; j++) {
      if ((rows[row * width + j] ?? Number.NaN) > (rows[row * width + best] ?? Number.NaN)) best = j;
    }
    return best;
  });
}
