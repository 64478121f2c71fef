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
