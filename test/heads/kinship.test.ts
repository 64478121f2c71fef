import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { tensor } from '#expr/kernels.js';
import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import { headGraph } from '../helpers/head-graph.ts';

/* Which head becomes which other at some values: equations between heads that were written apart. */

const DIM = 3;
const CLASSES = 3;
const W = [2, 0, 0, 0, 0.5, 0, -0.3, -0.4, 1.2];

/** Embeddings all around, of lengths 0.5 to 130, none at an angle of ε to a class row. */
const X = Array.from({ length: 40 }, (_, i) => {
  const [turn, height] = [0.37 + i * 2.4, Math.cos(1.3 * i + 0.2)];
  const length = 0.5 * 1.15 ** i;
  const flat = Math.sqrt(1 - height * height);
  return [flat * Math.cos(turn), flat * Math.sin(turn), height].map((v) => v * length);
});

const IGNORED = -100;

function logitsOf(
  name: string,
  values: Values,
  states: Readonly<Record<string, number>> = {},
  labelled = true,
): number[] {
  const { logits } = headGraph(name, values, DIM, CLASSES);
  const [z] = evaluate([logits], {
    x: tensor(X.flat(), [X.length, DIM]),
    w: tensor(W, [CLASSES, DIM]),
    labels: tensor(X.map((_, i) => (labelled ? i % CLASSES : IGNORED))),
    ...Object.fromEntries(Object.entries(states).map(([state, value]) => [state, tensor(value)])),
  });
  return [...(z?.data ?? [])];
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

const target = (logits: readonly number[]) =>
  logits.filter((_, i) => i % CLASSES === Math.floor(i / CLASSES) % CLASSES);

describe('a head becomes another', () => {
  it('adaface with h = 0 is CosFace, but for cosines that it holds', () => {
    const [ours, cosface] = [logitsOf('adaface', { h: 0 }), logitsOf('cosface', { margin: 0.4 })];
    // Cosines are held in ±0.999 and angles 1e-3 from the ends, so a logit of scale 64 may move by 0.064.
    const free = cosface.map((z) => Math.abs(z / 64) < 0.998 - 0.4);
    expect(free.filter(Boolean).length).toBeGreaterThan(40);
    const only = (logits: readonly number[]) => logits.filter((_, i) => free[i]);
    expect(largestDifference(only(ours), only(cosface))).toBeLessThan(1e-11);
  });

  it.each([
    ['−1', 1e5, (theta: number) => Math.cos(theta + 0.4)],
    ['1', -1e5, (theta: number) => Math.cos(theta - 0.4) - 0.8],
  ])('adaface with ẑ = %s, as the paper has it', (_, mean, psi) => {
    // With α = 0 the states stay what they are given as.
    const ours = target(logitsOf('adaface', { tAlpha: 0 }, { batch_mean: mean, batch_std: 1 }));
    const cosines = target(logitsOf('normface', { scale: 1 }));
    let compared = 0;
    for (const [i, c] of cosines.entries()) {
      const theta = Math.acos(c);
      if (theta < 0.45 || theta > Math.PI - 0.45) continue;
      compared++;
      expect(ours[i]).toBeCloseTo(64 * psi(theta), 11);
    }
    expect(compared).toBeGreaterThan(20);
  });

  it.each([
    [{ easyMargin: true }, { easyMargin: true }],
    [{ easyMargin: false }, { pastPi: 'hard' }],
  ] as const)('magface %j with l_m = u_m is ArcFace %j', (values, arcface) => {
    const ours = logitsOf('magface', { ...values, lMargin: 0.6, uMargin: 0.6 });
    expect(largestDifference(ours, logitsOf('arcface', { ...arcface, margin: 0.6 }))).toBeLessThan(1e-11);
  });

  it('mv-softmax with t = 0 is CosFace, or ArcFace without a policy past π', () => {
    const hard = { t: 0, easyMargin: false };
    const pairs = [
      [logitsOf('mv-am-softmax', hard), logitsOf('cosface', { scale: 32 })],
      [logitsOf('mv-am-softmax', { ...hard, weight: 'fixed' }), logitsOf('cosface', { scale: 32 })],
      [logitsOf('mv-arc-softmax', hard), logitsOf('arcface', { scale: 32, pastPi: 'none' })],
      [logitsOf('mv-arc-softmax', { t: 0 }), logitsOf('arcface', { scale: 32, easyMargin: true })],
    ] as const;
    for (const [a, b] of pairs) expect(largestDifference(a, b)).toBeLessThan(1e-11);
  });

  it('curricularface is ArcFace on the target, and at t = 0 squares the cosine of a hard class', () => {
    const [ours, arcface] = [logitsOf('curricularface', { alpha: 0 }), logitsOf('arcface', {})];
    expect(largestDifference(target(ours), target(arcface))).toBeLessThan(1e-11);
    const changed = ours.flatMap((z, i) =>
      Math.abs(z - (arcface[i] ?? 0)) > 1e-9 ? [[z, arcface[i] ?? 0]] : [],
    );
    expect(changed.length).toBeGreaterThan(20);
    for (const [z = 0, plain = 0] of changed) expect(z / 64).toBeCloseTo((plain / 64) ** 2, 12);
  });

  it('adacos fixed is NormFace with its scale', () => {
    const normface = logitsOf('normface', { scale: Math.SQRT2 * Math.log(CLASSES - 1) });
    expect(largestDifference(logitsOf('adacos', { mode: 'fixed' }), normface)).toBeLessThan(1e-12);
  });

  it.each([
    ['curricularface', 64],
    ['mv-softmax', 32],
    ['adaface', 64],
    ['magface', 64],
  ] as const)('%s is NormFace for a sample without a label', (name, scale) => {
    const [ours, normface] = [logitsOf(name, {}, {}, false), logitsOf('normface', { scale }, {}, false)];
    expect(largestDifference(ours, normface)).toBe(0);
  });
});

describe('numbers that do not go together', () => {
  const refusal = (name: string, given: Values, classes = 10) => {
    const { head } = findHead(name);
    return () => head.needs(head.parse(given), { classes, dim: 8 });
  };
  const said = (saw: string, expected: string) =>
    expect.objectContaining({ code: 'BAD_PARAM', saw, expected });

  it('are refused before anything is built', () => {
    expect(refusal('magface', { lA: 5, uA: 5 })).toThrow(said('--l-a 5 --u-a 5', '--l-a below --u-a'));
    expect(refusal('magface', { lMargin: 0.9 })).toThrow(
      said('--l-margin 0.9 --u-margin 0.8', '--l-margin of at most --u-margin'),
    );
    expect(refusal('adacos', {}, 2)).toThrow(said('2 classes, and √2·log(C − 1) = 0', 'at least 3 classes'));
  });

  it('and others are not', () => {
    expect(refusal('magface', { lMargin: 0.8 })).not.toThrow();
    expect(refusal('adacos', {}, 3)).not.toThrow();
  });
});
