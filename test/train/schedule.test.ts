import { describe, expect, it } from 'vitest';
import { HEADS } from '#heads/index.js';
import { isMargin } from '#heads/parameters.js';
import { lambdaAt, marginShareAt, rateAt, withMarginShare } from '#train/schedule.js';

describe('the learning rate', () => {
  const of = (schedule: 'cosine' | 'linear' | 'constant') => (step: number) =>
    rateAt(step, { steps: 110, warmup: 10, lr: 1, schedule });

  it.each(['cosine', 'linear', 'constant'] as const)('rises in a line to its highest: %s', (schedule) => {
    const rates = Array.from({ length: 11 }, (_, step) => of(schedule)(step));
    for (const [step, rate] of rates.entries()) expect(rate).toBeCloseTo((step + 1) / 11, 12);
  });

  it('falls to nothing, or not at all', () => {
    expect(of('cosine')(60)).toBeCloseTo(0.5, 12);
    expect(of('linear')(60)).toBeCloseTo(0.5, 12);
    expect(of('cosine')(109)).toBeLessThan(of('linear')(109));
    expect(of('constant')(109)).toBe(1);
  });

  it('begins at its highest without a warm-up', () => {
    expect(rateAt(0, { steps: 10, warmup: 0, lr: 0.3, schedule: 'cosine' })).toBe(0.3);
  });
});

describe('λ', () => {
  it('falls in equal ratios to its end, and stays', () => {
    expect(lambdaAt(0, 1000, 5, 100)).toBeCloseTo(1000, 9);
    expect(lambdaAt(50, 1000, 5, 100)).toBeCloseTo(Math.sqrt(1001 * 6) - 1, 9);
    expect(lambdaAt(100, 1000, 5, 100)).toBe(5);
    expect(lambdaAt(999, 1000, 5, 100)).toBe(5);
  });

  it('may end at 0, and never rises', () => {
    expect(lambdaAt(100, 1000, 0, 100)).toBe(0);
    expect(lambdaAt(0, 3, 5, 100)).toBe(5);
    expect(lambdaAt(0, 1000, 5, 0)).toBe(5);
  });
});

describe('a margin that grows', () => {
  it('is a tenth at first, and whole from the end of the warm-up on', () => {
    expect([0, 9, 10, 99, 100, 200].map((step) => marginShareAt(step, 100))).toEqual([
      0.1, 0.1, 0.2, 1, 1, 1,
    ]);
    expect(marginShareAt(0, 0)).toBe(1);
  });

  it.each(HEADS.flatMap((head) => [0.1, 0.5, 0.9, 1].map((share) => [head.name, share, head] as const)))(
    'of %s is one that the head takes at %d of it',
    (_, share, head) => {
      const full = head.parse({});
      const part = withMarginShare(head, full, share);
      expect(head.parse(part)).toEqual(part);
      expect(() => head.needs(part, { classes: 10, dim: 48 })).not.toThrow();
      if (share === 1) expect(part).toEqual(full);
      for (const [name, value] of Object.entries(full)) {
        if (!isMargin(name)) expect(part[name]).toEqual(value);
      }
    },
  );

  it('is none at 0 where it is added, and at 1 where it multiplies or is a power', () => {
    const margin = (name: string, share: number) => {
      const head = HEADS.find((each) => each.name === name);
      if (head === undefined) throw new Error(name);
      return withMarginShare(head, head.parse({}), share);
    };
    expect(margin('arcface', 0.5)['margin']).toBe(0.25);
    expect(margin('sphereface-r', 0.5)['margin']).toBe(1.25);
    expect(margin('expface', 0.5)['margin']).toBe(0.85);
    expect(margin('combined', 0.5)).toMatchObject({ m1: 1, m2: 0.15, m3: 0.1 });
  });
});
