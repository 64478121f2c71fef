import { degreesOf, gainOf, type Point, psiOf } from './curves.ts';
import type { Drawn } from './drawn.ts';

/** What is drawn, as numbers: a value a degree. */
export function drawingData(heads: readonly Drawn[]) {
  const degrees = degreesOf(1);
  const values = (points: readonly Point[]) => points.map(({ value }) => value);
  return {
    degrees,
    heads: heads.map((head) => ({
      name: head.name,
      parameters: head.values,
      psi: values(psiOf(head, degrees)),
      // No angle changes a cosine at 0° and 180°: there is no gain there.
      gain: [null, ...values(gainOf(head, degrees)), null],
    })),
  };
}
