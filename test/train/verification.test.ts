import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreCounts } from '#train/verification.js';

interface Pair {
  readonly score: number;
  readonly genuine: boolean;
}

const verified = (pairs: readonly Pair[]) => {
  const counts = scoreCounts();
  for (const { score, genuine } of pairs) counts.add(score, genuine);
  return counts.result();
};

const pairsOf = (genuine: readonly number[], impostors: readonly number[]): Pair[] => [
  ...genuine.map((score) => ({ score, genuine: true })),
  ...impostors.map((score) => ({ score, genuine: false })),
];

/** The largest part of the genuine that a threshold accepts with at most `far` of the impostors, by trying them all. */
function acceptedAt(pairs: readonly Pair[], far: number): number {
  const of = (genuine: boolean) => pairs.filter((pair) => pair.genuine === genuine);
  const part = (list: readonly Pair[], threshold: number) =>
    list.filter(({ score }) => score >= threshold).length / list.length;
  const rates = pairs
    .filter(({ score }) => part(of(false), score) <= far)
    .map(({ score }) => part(of(true), score));
  return Math.max(0, ...rates);
}

describe('verification', () => {
  it('of scores that do not overlap has no error', () => {
    expect(verified(pairsOf([0.9, 0.8, 0.7], [0.1, 0.2, 0.3, 0.4]))).toMatchObject({
      genuine: 3,
      impostors: 4,
      eer: 0,
      tarAtFar: [],
    });
  });

  it('of scores that say nothing errs half the time', () => {
    const same = Array.from({ length: 1000 }, (_, i) => -1 + (2 * i) / 1000);
    const { eer, tarAtFar } = verified(pairsOf(same, same)) ?? { eer: Number.NaN, tarAtFar: [] };
    expect(eer).toBeCloseTo(0.5, 2);
    for (const { far, tar } of tarAtFar) expect(tar).toBeCloseTo(far, 2);
  });

  it('errs as often on either side at the equal error rate', () => {
    // Thresholds between 0.5 and 0.6: one of four genuine rejected, one of four impostors accepted.
    expect(verified(pairsOf([0.5, 0.7, 0.8, 0.9], [0.1, 0.2, 0.3, 0.6]))?.eer).toBe(0.25);
  });

  it('is nothing without pairs of both kinds', () => {
    expect(verified(pairsOf([0.5], []))).toBeNull();
    expect(verified(pairsOf([], [0.5]))).toBeNull();
  });

  it('tells only what so many pairs can tell', () => {
    const scores = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i));
    const fars = (count: number) =>
      verified(pairsOf(scores(5), scores(count)))?.tarAtFar.map(({ far }) => far);
    expect(fars(9)).toEqual([]);
    expect(fars(10)).toEqual([0.1]);
    expect(fars(1000)).toEqual([0.1, 0.01, 0.001]);
  });

  it('accepts as much as trying every threshold does', () => {
    const score = fc.integer({ min: -100, max: 100 }).map((x) => x / 100);
    fc.assert(
      fc.property(
        fc.array(score, { minLength: 1, maxLength: 30 }),
        fc.array(score, { minLength: 10, maxLength: 30 }),
        (genuine, impostors) => {
          const pairs = pairsOf(genuine, impostors);
          const [{ tar } = { tar: Number.NaN }] = verified(pairs)?.tarAtFar ?? [];
          expect(tar).toBeCloseTo(acceptedAt(pairs, 0.1), 12);
        },
      ),
    );
  });

  it('gives a curve that only rises, from nothing to all', () => {
    const scores = (count: number, shift: number) =>
      Array.from({ length: count }, (_, i) => Math.sin(i) / 2 + shift);
    const { roc } = verified(pairsOf(scores(3000, 0.2), scores(9000, 0))) ?? { roc: [] };
    expect(roc.length).toBeLessThanOrEqual(200);
    expect(roc[0]).toEqual({ far: 0, tar: expect.any(Number) });
    expect(roc.at(-1)).toEqual({ far: 1, tar: 1 });
    for (const [i, { far, tar }] of roc.entries()) {
      expect(far).toBeGreaterThanOrEqual(roc[i - 1]?.far ?? 0);
      expect(tar).toBeGreaterThanOrEqual(roc[i - 1]?.tar ?? 0);
    }
  });
});
