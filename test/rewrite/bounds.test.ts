import { describe, expect, it } from 'vitest';
import { findHead } from '#heads/find.js';
import { readModel } from '#model/read.js';
import { adacosScale, leastScale, widestAngle } from '#rewrite/bounds.js';
import { headroom, marginBounds } from '#rewrite/headroom.js';
import { recommend } from '#rewrite/recommend.js';
import { rewrite } from '#rewrite/rewrite.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';

/** By C: s for P = 0.9 and 0.99 without margin, for 0.99 with cosface m = 0.35 and arcface m = 0.5, and AdaCos. */
const TABLE: readonly (readonly [
  classes: number,
  p90: number,
  p99: number,
  cos: number,
  arc: number,
  ada: number,
])[] = [
  [10, 3.96, 6.11, 8.92, 6.87, 3.11],
  [100, 6.72, 9.1, 13.92, 10.35, 6.5],
  [1000, 9.09, 11.49, 17.67, 13.09, 9.77],
  [10572, 11.46, 13.86, 21.32, 15.79, 13.1],
  [85742, 13.56, 15.95, 24.54, 18.18, 16.06],
  [360232, 14.99, 17.39, 26.75, 19.82, 18.09],
];

/** The table has two decimals. */
const HALF = 0.005 + 1e-9;
const near = (got: number | null | undefined, expected: number) =>
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThanOrEqual(HALF);

describe('the least scale', () => {
  it.each(TABLE)('of %d classes', (classes, p90, p99, cos, arc, ada) => {
    near(leastScale(classes, 0.9, 1), p90);
    near(leastScale(classes, 0.99, 1), p99);
    near(leastScale(classes, 0.99, 1 - 0.35), cos);
    near(leastScale(classes, 0.99, Math.cos(0.5)), arc);
    near(adacosScale(classes), ada);
  });

  it.each(TABLE)('of %d classes is what heads --recommend says', (classes, p90, p99, cos, arc, ada) => {
    const { leastScale: plain, adacosScale: fixed, heads } = recommend({ classes, dim: 512 });
    near(plain[0], p90);
    near(plain[1], p99);
    near(fixed, ada);
    const of = (name: string) => heads.find(({ head }) => head === name)?.leastScale?.[1];
    near(of('normface'), p99);
    near(of('cosface'), cos);
    near(of('arcface'), arc);
  });

  it('reaches the probability on a regular simplex, and no more', () => {
    for (const [classes, m] of [
      [10, 0],
      [10, 0.35],
      [1000, 0.5],
    ] as const) {
      const s = leastScale(classes, 0.99, 1 - m) ?? Number.NaN;
      const others = (classes - 1) * Math.exp(s * (-1 / (classes - 1) - (1 - m)));
      expect(1 / (1 + others)).toBeCloseTo(0.99, 12);
    }
  });

  it('is none where the margin takes all', () => {
    expect(leastScale(10, 0.9, 1 - 10 / 9)).toBeNull();
  });
});

it('AdaCos gives an angle of π/4 the probability 1/2 among others at right angles', () => {
  const s = adacosScale(1000) ?? Number.NaN;
  const own = Math.exp(s * Math.cos(Math.PI / 4));
  expect(own / (own + 999)).toBeCloseTo(0.5, 12);
  expect(adacosScale(2)).toBeNull();
});

describe('the widest angle', () => {
  it.each([
    [2, 512, 180, true],
    [3, 2, 120, true],
    [4, 3, (Math.acos(-1 / 3) * 180) / Math.PI, true],
    [10, 2, 36, true],
    [6, 3, 90, true],
    [7, 3, 90, false],
    [5, 1, 0, true],
  ])('of %d rows in %d dimensions is %f°', (classes, dim, degrees, tight) => {
    const widest = widestAngle(classes, dim);
    expect((widest.angle * 180) / Math.PI).toBeCloseTo(degrees, 10);
    expect(widest.tight).toBe(tight);
  });

  it('is not passed by any rows that are drawn', () => {
    for (const [classes, dim] of [
      [4, 3],
      [7, 3],
      [12, 4],
      [5, 2],
    ] as const) {
      for (let seed = 0; seed < 200; seed++)
        expect(nearest(classes, dim, seed)).toBeLessThan(widestAngle(classes, dim).angle);
    }
  });
});

/** The angle of the nearest two of some rows. */
function nearest(classes: number, dim: number, seed: number): number {
  const rows = Array.from({ length: classes }, (_, i) => {
    const row = Array.from(
      { length: dim },
      (__, k) => (Math.sin(12.9898 * (i * dim + k + 1) + 78.233 * (seed + 1)) * 43758.5453) % 1,
    );
    const norm = Math.hypot(...row);
    return row.map((x) => x / norm);
  });
  const cosines = rows.flatMap((a, i) =>
    rows.slice(i + 1).map((b) => a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0)),
  );
  return Math.acos(Math.max(...cosines));
}

describe('margins', () => {
  const bound = (name: string, classes: number, dim: number) => {
    const { head } = findHead(name);
    return marginBounds(head, head.parse({}), { classes, dim })[0]?.below;
  };

  it.each([
    [10, 48, 10 / 9],
    [3, 512, 1.5],
    [10, 2, 1 - Math.cos(Math.PI / 5)],
    [1000, 64, 1],
  ])('of cosface with %d classes in %d dimensions stay below %f: equation 7', (classes, dim, below) => {
    expect(bound('cosface', classes, dim)).toBeCloseTo(below, 9);
  });

  it('of arcface stay below the widest angle, where that is within their range', () => {
    expect(bound('arcface', 10, 2)).toBeCloseTo(Math.PI / 5, 6);
    expect(bound('arcface', 10, 48)).toBeNull();
  });

  it('leave none on the bound itself', () => {
    const { head } = findHead('cosface');
    const room = (margin: number) =>
      headroom(head, head.parse({ margin }), { classes: 10, dim: 48 }, widestAngle(10, 48).angle);
    expect(room(10 / 9)).toBeLessThan(1e-12);
    expect(room(10 / 9 - 1e-6)).toBeGreaterThan(1e-8);
  });
});

describe('rewrite warns by the same', () => {
  const codes = async (head: string, margin: number) => {
    const model = await readModel(fixtureModel('digits-cnn'));
    return rewrite(model, { head, parameters: { margin } }).warnings.map(({ code }) => code);
  };

  it.each([
    ['cosface', 1.1, false],
    ['cosface', 10 / 9, true],
    ['cosface', 1.2, true],
    ['arcface', 1.5, false],
  ])('%s with a margin of %f in ten classes of 48 numbers: %s', async (head, margin, warns) => {
    expect((await codes(head, margin)).includes('MARGIN_LARGE')).toBe(warns);
  });

  it.each([
    [0.78, false],
    [0.79, true],
  ])(
    'arcface with a margin of %f in eight classes of 2 numbers, which are 45° apart: %s',
    async (margin, warns) => {
      const model = await readModel(gemmModel({ classes: 8, dim: 2 }));
      const { warnings } = rewrite(model, { head: 'arcface', parameters: { margin } });
      const found = warnings.find(({ code }) => code === 'MARGIN_LARGE');
      if (warns)
        expect(found?.message).toMatch(
          /^the margin is too large: 8 class rows in 2 dimensions can be 45° apart at most/,
        );
      else expect(found).toBeUndefined();
    },
  );
});
