import { add, clamp, constant, div, less, max, mul, neg, sqrt, square, sub, where } from './build.ts';
import type { Expr } from './expr.ts';

/*
 * Angles without Acos, Cos and Sin: those are missing on CUDA, 1e-4 off on WebGPU and without a gradient elsewhere.
 * What follows takes only what every provider has, and is as exact as the type it runs in.
 */

/** Σ aᵢ xⁱ, by Horner's rule. */
function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  const [highest = 0, ...rest] = coefficients.toReversed();
  return rest.reduce<Expr>((sum, a) => add(mul(sum, x), a), constant(highest));
}

/** What else may be done to a cosine before it is asked for its angle, for parity with code that does. */
export interface AngleOptions {
  /** The cosine is held in ±(1 − ε). */
  readonly clamp?: number;
  /** What is added to 1 − c² under the root. */
  readonly added?: number;
}

/**
 * sin θ = √(1 − c²) of a cosine; 1 − c² as (1 − c)(1 + c), which loses nothing near ±1.
 *
 * A clamp holds what stands under the root: 1 − ε is off by up to 2⁻²⁵ in float32, and the sine of that by 2⁻²⁵/√(2ε);
 * and a root that is never asked at 0 has a slope for every differentiator.
 */
export function sineOf(c: Expr, { clamp: epsilon = 0, added = 0 }: AngleOptions = {}): Expr {
  return sqrt(
    max(add(mul(sub(1, c), add(1, c)), added), epsilon === 0 ? 0 : epsilon * (2 - epsilon) + added),
  );
}

/** T_m(c) = cos(m·θ), by T_{n+1} = 2c·T_n − T_{n−1}. */
export function chebyshev(m: number, c: Expr): Expr {
  let [before, now]: readonly Expr[] = [constant(1), c];
  if (m === 0 || before === undefined || now === undefined) return constant(1);
  for (let n = 1; n < m; n++) [before, now] = [now, sub(mul(mul(2, c), now), before)];
  return now;
}

// asin(s) = s + s·R(s²) on [0, ½], a rational approximation good to 2⁻⁵⁸ (the coefficients of FreeBSD's msun e_acos,
// as the float64 that they are).
const ASIN_NUMERATOR = [
  0, 0.16666666666666666, -0.3255658186224009, 0.20121253213486293, -0.04005553450067941,
  0.0007915349942898145, 0.00003479331075960212,
];
const ASIN_DENOMINATOR = [
  1, -2.403394911734414, 2.0209457602335057, -0.6882839716054533, 0.07703815055590194,
];

/**
 * θ = arccos c in radians. c is held in [−1, 1], which rounding oversteps. Off by at most 4.5e-16 in float64 and 3e-7 in
 * float32: about a unit of the last place of an angle near π. A clamp holds what stands under the root, as in `sineOf`.
 */
export function angleOf(cosine: Expr, { clamp: epsilon = 0 }: Pick<AngleOptions, 'clamp'> = {}): Expr {
  const c = clamp(cosine, -1, 1);
  const size = where(less(c, 0), neg(c), c);
  const near = less(size, 0.5);
  // Beyond ½ by the half angle: acos(c) = 2·asin(√((1 − c)/2)).
  const half = mul(sub(1, size), 0.5);
  const far = epsilon === 0 ? half : max(half, epsilon / 2);
  const squared = where(near, square(size), far);
  // Where it is not chosen the root is asked at 1, not at what may be 0: its slope would be infinite, and 0·∞ is no 0.
  const s = where(near, size, sqrt(where(near, 1, far)));
  const ratio = div(polynomial(squared, ASIN_NUMERATOR), polynomial(squared, ASIN_DENOMINATOR));
  const asin = add(s, mul(s, ratio));
  const theta = where(near, sub(Math.PI / 2, asin), mul(2, asin));
  return where(less(c, 0), sub(Math.PI, theta), theta);
}

/** 1, −1/2!, 1/4! …: cos r as a series in r², exact to 2⁻⁵³ for |r| ≤ π/2. */
const COSINE_SERIES = Array.from({ length: 13 }, (_, n) => {
  let factorial = 1;
  for (let i = 2; i <= 2 * n; i++) factorial *= i;
  return (n % 2 === 0 ? 1 : -1) / factorial;
});

/** cos r for |r| ≤ π/2. */
export function shortCosineOf(r: Expr): Expr {
  return polynomial(square(r), COSINE_SERIES);
}

/** sin r for 0 ≤ r ≤ π. */
export function shortSineOf(r: Expr): Expr {
  return shortCosineOf(sub(r, Math.PI / 2));
}

/** cos φ for 0 ≤ φ ≤ `largest` radians. */
export function cosineOf(phi: Expr, largest: number): Expr {
  // φ less the nearest multiple of π, in [−π/2, π/2]; each step past (i − ½)π turns the sign.
  const turns = countPast(phi, halfTurns(largest));
  const rest = sub(phi, mul(turns, Math.PI));
  return mul(alternating(phi, halfTurns(largest)), shortCosineOf(rest));
}

function halfTurns(largest: number): number[] {
  return Array.from({ length: Math.floor(largest / Math.PI + 0.5) }, (_, i) => (i + 0.5) * Math.PI);
}

/** How many of the thresholds x lies past: above where they are ascending, the comparison being strict. */
export function countPast(x: Expr, thresholds: readonly number[]): Expr {
  return thresholds.reduce<Expr>((sum, t) => add(sum, where(less(t, x), 1, 0)), constant(0));
}

/** (−1)^k, k being how many of the thresholds x lies past. */
export function alternating(x: Expr, thresholds: readonly number[]): Expr {
  return thresholds.reduce<Expr>((sign, t) => mul(sign, where(less(t, x), -1, 1)), constant(1));
}
