import { describe, expect, it } from 'vitest';
import { startOf } from '#heads/curve.js';
import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import { directionsOf } from '#validate/directions.js';
import { referenceOf } from '#validate/reference.js';

/* What a cosine or a length that is off by a little makes of the numbers that a graph may give. */

const EPSILON = 1e-6;
const CLASSES = 3;
const DIM = 2;

/** Class rows at angles of 0, 1 and 2. */
const ROWS = [0, 1, 2].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);

function expected(name: string, values: Values, x: readonly number[], labels: readonly number[]) {
  const { head, preset } = findHead(name);
  const settled = head.parse({ ...preset, ...values });
  const batch = {
    x,
    rows: directionsOf(ROWS, CLASSES, DIM),
    centres: 1,
    bias: null,
    labels,
    taken: startOf(head.needs(settled, { classes: CLASSES, dim: DIM }).takes),
    noise: {},
  };
  return referenceOf(head, settled, batch, EPSILON);
}

const at = (angle: number, length = 1) => [length * Math.cos(angle), length * Math.sin(angle)];

describe('the slack of a logit', () => {
  /** Where class 1 becomes hard for class 0: cos(1 − θ) = cos θ − 0.35. Both cosines move, each in its own way. */
  const TIE = 0.5 - Math.asin(0.35 / (2 * Math.sin(0.5)));
  const slackAt = (angle: number) => expected('mv-am-softmax', {}, at(angle), [0]).slack[1];

  it('holds the jump where a class may be hard or not', () => {
    const jump = 32 * 0.2 * (1 + Math.cos(1 - TIE));
    for (const angle of [TIE - 1e-7, TIE + 1e-7]) expect(slackAt(angle)).toBeGreaterThan(0.999 * jump);
  });

  it('is a few roundings aside of it', () => {
    for (const angle of [TIE - 1e-4, TIE + 1e-4]) expect(slackAt(angle)).toBeLessThan(32 * 4 * EPSILON);
  });

  it('holds what lengths make of it that hardly differ', () => {
    // ‖x‖ of 50 and 50: what rounding makes them differ by is all that ẑ is made of.
    const x = [...at(0.7, 50), ...at(0.9, 50)];
    const off = 50 * EPSILON;
    const quality = (0.333 * off) / (Math.SQRT2 * off + 1e-3);
    const { slack } = expected('adaface', { tAlpha: 1 }, x, [0, 0]);
    // ψ = cos(θ − m·ẑ) − m − m·ẑ has the slope m(sin θ − 1) in ẑ.
    expect(slack[0]).toBeGreaterThan(0.99 * 64 * 0.4 * (1 - Math.sin(0.7)) * quality);
    const apart = expected('adaface', { tAlpha: 1 }, [...at(0.7, 50), ...at(0.9, 20)], [0, 0]);
    expect(apart.slack[0]).toBeLessThan(64 * 4 * EPSILON);
  });
});
