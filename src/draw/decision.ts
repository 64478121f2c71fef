import { sampleAt } from '../heads/curve.ts';
import type { Drawn } from './drawn.ts';

/** Where a sample stands between two classes. */
export type Side = 'class 1' | 'class 2' | 'margin';

/** By how much the logit of a class is ahead of that of another, at angles θ1 and θ2 (degrees) to their rows. */
export interface Lead {
  /** z_1 − z_2 for a sample of class 1: its training is content where this is above 0. */
  readonly one: number;
  /** z_2 − z_1 for a sample of class 2. */
  readonly two: number;
}

/** The leads at a place of the (θ1, θ2) plane; classes besides the two lie at right angles. */
export function leadAt({ head, values, sizes, xNorm }: Drawn): (theta1: number, theta2: number) => Lead {
  // One sample for all places: what a head takes costs more than its formula.
  const template = sampleAt(head, values, sizes, [], xNorm);
  const ahead = (own: number, other: number) => {
    const angles = [own, other].map((degrees) => (degrees * Math.PI) / 180);
    const theta = template.theta.map((angle, j) => angles[j] ?? angle);
    const [z = Number.NaN, against = Number.NaN] = head.reference.logits({ ...template, theta }, values);
    return z - against;
  };
  return (theta1, theta2) => ({ one: ahead(theta1, theta2), two: ahead(theta2, theta1) });
}

/** Which side of the boundaries that is; between them is the margin. */
export function sideOf({ one, two }: Lead): Side {
  if (one >= 0 && one >= two) return 'class 1';
  return two >= 0 ? 'class 2' : 'margin';
}
