/*
 * What scale and margin can be, from the number of classes C and the length of embeddings D alone. `rewrite` warns by
 * these, and `heads --recommend` shows them.
 */

/**
 * The least scale with which a sample of C classes can reach the probability P, its target cosine being ψ(0) and all
 * others −1/(C−1): s ≥ ln((C−1)P/(1−P)) / (ψ(0) + 1/(C−1)). Without margin this is equation 6 of CosFace
 * (arXiv:1801.09414); it is tight for C ≤ D + 1 and an orientation beyond.
 *
 * @returns null where the margin leaves no scale that would do
 */
export function leastScale(classes: number, probability: number, psiAtZero: number): number | null {
  const room = psiAtZero + 1 / (classes - 1);
  return room <= 0 ? null : Math.log(((classes - 1) * probability) / (1 - probability)) / room;
}

/**
 * √2·ln(C − 1), the scale that AdaCos fixes (arXiv:1905.00292): an angle of π/4 then has the probability 1/2 among C − 1
 * others at right angles. Null for two classes, for which it is 0.
 */
export function adacosScale(classes: number): number | null {
  return classes < 3 ? null : Math.SQRT2 * Math.log(classes - 1);
}

/** An angle in radians, and whether some arrangement of class rows reaches it. */
export interface WidestAngle {
  readonly angle: number;
  readonly tight: boolean;
}

/**
 * The widest angle that the nearest two of C class rows in D dimensions can be apart: arccos(−1/(C−1)), a regular simplex,
 * for C ≤ D + 1; 2π/C on a circle; beyond, at most a right angle (R. A. Rankin, "The closest packing of spherical caps in
 * n dimensions", 1955), which 2D rows reach. 1 − its cosine is what bounds m in equation 7 of CosFace: C/(C−1), 1 − cos(2π/C),
 * and far less than C/(C−1) beyond.
 */
export function widestAngle(classes: number, dim: number): WidestAngle {
  if (classes <= dim + 1) return { angle: Math.acos(-1 / (classes - 1)), tight: true };
  if (dim === 1) return { angle: 0, tight: true };
  if (dim === 2) return { angle: (2 * Math.PI) / classes, tight: true };
  return { angle: Math.PI / 2, tight: classes <= 2 * dim };
}
