import { abs, add, clamp, div, less, lift, mul, neg, sub, where } from '../expr/build.ts';
import type { Expr, Operand } from '../expr/expr.ts';
import { alternating, angleOf, chebyshev, cosineOf, countPast, sineOf } from '../expr/trig.ts';

/*
 * Margins on the angle, each an expression over c = cos θ. Sources: heads as named, and for what lies past π the table of
 * who does what in their repositories.
 */

/** A margin m on an angle, in radians, with its cosine and sine: numbers, or `[..., 1]` where samples differ. */
export interface AngularMargin {
  readonly angle: Operand;
  readonly cos: Operand;
  readonly sin: Operand;
}

/** A margin that is computed, `[..., 1]`, between −`largest` and `largest`. */
export function computedMargin(m: Expr, largest: number): AngularMargin {
  // Cosines are even, and sin m = cos(m − π/2).
  const fromRightAngle = abs(sub(m, Math.PI / 2));
  return { angle: m, cos: cosineOf(abs(m), largest), sin: cosineOf(fromRightAngle, largest + Math.PI / 2) };
}

const marginOf = (m: number | AngularMargin): AngularMargin =>
  typeof m === 'number' ? { angle: m, cos: Math.cos(m), sin: Math.sin(m) } : m;

/** A cosine held in ±(1 − ε), as some libraries do before they ask for its angle; c itself where ε is 0. */
export function heldInside(c: Expr, epsilon: number): Expr {
  return epsilon === 0 ? c : clamp(c, epsilon - 1, 1 - epsilon);
}

/** cos(θ + m) = c·cos m − √(1−c²)·sin m; c itself where m is 0. */
export function addAngle(c: Expr, m: number | AngularMargin, sine = sineOf(c)): Expr {
  const { angle, cos, sin } = marginOf(m);
  return angle === 0 ? c : sub(mul(c, cos), mul(sine, sin));
}

/** What to do where θ + m passes π and cos(θ + m) would rise again. */
export const PAST_PI = ['hard', 'shift', 'reflect', 'clip', 'none'] as const;
export type PastPi = (typeof PAST_PI)[number];

/**
 * ψ = cos(θ + m), and past π by the policy:
 * `hard` c − m·sin m · `shift` c − (1 − cos m), continuous · `reflect` −2 − cos(θ + m), with a continuous slope ·
 * `clip` −1 · `none` cos(θ + m) all the same.
 */
export function additiveAngle(c: Expr, m: number | AngularMargin, policy: PastPi, sine = sineOf(c)): Expr {
  const { angle, cos, sin } = marginOf(m);
  const within = addAngle(c, m, sine);
  if (angle === 0 || policy === 'none') return within;
  const beyond = {
    hard: () => sub(c, mul(angle, sin)),
    shift: () => sub(c, sub(1, cos)),
    reflect: () => sub(-2, within),
    clip: () => -1,
  }[policy]();
  // θ + m < π exactly where c > cos(π − m) = −cos m; everywhere where m is negative.
  const limit = neg(lift(cos));
  const signed = typeof angle === 'number' ? limit : where(less(angle, 0), -2, limit);
  return where(less(signed, c), within, beyond);
}

/**
 * The monotone ψ of L-Softmax and A-Softmax, (−1)^k cos(mθ) − 2k with k = ⌊mθ/π⌋, m an integer: cos(mθ) by Chebyshev's
 * polynomial, k by comparing c with cos(iπ/m).
 */
export function multipleAngle(c: Expr, m: number): Expr {
  // θ passes iπ/m where −c passes −cos(iπ/m).
  const breaks = Array.from({ length: m - 1 }, (_, i) => -Math.cos(((i + 1) * Math.PI) / m));
  const k = countPast(neg(c), breaks);
  return sub(mul(alternating(neg(c), breaks), chebyshev(m, c)), mul(2, k));
}

/** What `combined` may do where m1·θ + m2 passes π. */
export const COMBINED_PAST_PI = ['none', 'reflect', 'clip'] as const;

/**
 * cos(m1·θ + m2), for any m1 > 0; past π by the policy, as `additiveAngle` and, for `reflect`, at every further π. The
 * cosine is held in ±(1 − ε) before.
 */
export function combinedAngle(
  c: Expr,
  m1: number,
  m2: number,
  policy: (typeof COMBINED_PAST_PI)[number],
  epsilon = 0,
): Expr {
  const [held, sine] = [heldInside(c, epsilon), sineOf(c, { clamp: epsilon })];
  if (m1 === 1 && policy !== 'reflect') return additiveAngle(held, m2, policy, sine);
  const phi = add(mul(m1, angleOf(c, { clamp: epsilon })), m2);
  const largest = m1 * Math.PI + m2;
  const cosine = m1 === 1 ? addAngle(held, m2, sine) : cosineOf(phi, largest);
  if (policy === 'none') return cosine;
  if (policy === 'clip') return where(less(phi, Math.PI), cosine, -1);
  const turns = Array.from({ length: Math.floor(largest / Math.PI) }, (_, i) => (i + 1) * Math.PI);
  return sub(mul(alternating(phi, turns), cosine), mul(2, countPast(phi, turns)));
}

/** (λ·c + ψ)/(1 + λ): how L-Softmax and A-Softmax are eased in. */
export function blended(lambda: Expr, c: Expr, psi: Expr): Expr {
  return div(add(mul(lambda, c), psi), add(1, lambda));
}
