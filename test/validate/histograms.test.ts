import { describe, expect, it } from 'vitest';
import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import { histogramsFor } from '#validate/histograms.js';

const CLASSES = 3;
const cosines = (...degrees: readonly number[]) =>
  Float64Array.from(degrees, (each) => Math.cos((each * Math.PI) / 180));

/** Histograms of samples with angles to three classes of which the first is their own. */
function of(name: string, given: Values, samples: readonly Float64Array[], scores: number[] | null = null) {
  const { head } = findHead(name);
  const values = head.parse(given);
  const needs = head.needs(values, { classes: CLASSES, dim: 4 });
  const tail = { bias: null, logits: scores === null ? null : 'z' };
  const { add, result } = histogramsFor({ head, values, needs, tail }, Float64Array.of(1, 1, 1));
  for (const each of samples) add({ label: 0, cosines: each, xNorm: 1, scores });
  return result();
}

describe('histograms', () => {
  it('count angles by degrees, from the first to the last that has any', () => {
    const { target, others } = of('normface', {}, [cosines(20.5, 90.5, 92.5), cosines(22.5, 90.5, 180)]);
    expect(target).toEqual({ from: 20, counts: [1, 0, 1] });
    expect(others).toMatchObject({ from: 90 });
    expect(others.counts).toHaveLength(90);
    expect([others.counts[0], others.counts[2], others.counts[89]]).toEqual([2, 1, 1]);
  });

  it('put the target where a cosine without margin would be as small', () => {
    const sample = [cosines(20.5, 90, 90)];
    expect(of('normface', {}, sample).margined).toEqual({ from: 20, counts: [1] });
    // 0.5 radians are 28.6°.
    expect(of('arcface', { margin: 0.5 }, sample).margined).toEqual({ from: 49, counts: [1] });
    // acos(cos 20.5° − 0.35) = 54.1°.
    expect(of('cosface', { margin: 0.35 }, sample).margined).toEqual({ from: 54, counts: [1] });
    // cos 170° − 0.35 is below −1, where no angle is.
    expect(of('cosface', { margin: 0.35 }, [cosines(170, 90, 90)]).margined).toEqual({
      from: 179,
      counts: [1],
    });
  });

  it('count samples by the probability of their class', () => {
    // e^{ln 2}/(e^{ln 2} + 1 + 1) = 1/2, less a little.
    const { probability } = of('normface', { scale: 1 }, [cosines(0, 90, 90)], [Math.LN2 - 1e-9, 0, 0]);
    expect(probability.original?.indexOf(1)).toBe(9);
    // e/(e + 2) = 0.576.
    expect(probability.training?.indexOf(1)).toBe(11);
    expect(of('normface', {}, []).probability.original).toBeNull();
  });

  it('a sample that is no number is in none', () => {
    const { target, margined, probability } = of(
      'normface',
      {},
      [Float64Array.of(Number.NaN, 0, 0)],
      [Number.NaN, 0, 0],
    );
    expect([target, margined]).toEqual([
      { from: 0, counts: [] },
      { from: 0, counts: [] },
    ]);
    expect(probability.original).toEqual(new Array(20).fill(0));
  });
});
