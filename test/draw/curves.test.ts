import { describe, expect, it } from 'vitest';
import { gainOf, psiOf } from '#draw/curves.js';
import { leadAt, sideOf } from '#draw/decision.js';
import { type Drawn, sizesFor, startText, valuesText } from '#draw/drawn.js';
import { gainRange } from '#draw/ranges.js';
import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import { VARIANTS } from '../helpers/variants.ts';

function drawn(name: string, given: Values = {}, xNorm = 1): Drawn {
  const { head, preset } = findHead(name);
  const values = head.parse({ ...preset, ...given });
  return { name, head, values, sizes: sizesFor(values), xNorm };
}

describe('the gain', () => {
  /** dψ/dcos θ by central differences of ψ, which is the head's reference. */
  function differenceOf(head: Drawn, degrees: number): number {
    const h = 1e-4;
    const [before, after] = psiOf(head, [degrees - h, degrees + h]);
    const [c, d] = [degrees - h, degrees + h].map((each) => Math.cos((each * Math.PI) / 180));
    return ((after?.value ?? Number.NaN) - (before?.value ?? Number.NaN)) / ((d ?? 0) - (c ?? 0));
  }

  /** Heads whose papers keep the gradient out of a part of ψ, so that their gain is no slope of it, and meant so. */
  const DETACHED = ['circle'];

  const exact = VARIANTS.filter(([name]) => !DETACHED.includes(name)).map(([name, values]) => {
    const has = 'gradient' in findHead(name).head.parameters;
    return [name, has ? { ...values, gradient: 'exact' } : values] as const;
  });

  // None is where a head of VARIANTS bends or jumps.
  const angles = [7, 31, 58, 77, 101, 127, 166];
  it.each(exact)('of %s %j is the slope of ψ', (name, values) => {
    const head = drawn(name, values, 1.5);
    for (const { degrees, value } of gainOf(head, angles)) {
      const expected = differenceOf(head, degrees);
      // Differences over 2e-4 degrees: 1e-16/(3e-6·sin θ) of rounding, and a curvature of m³ times their square.
      expect(Math.abs(value - expected), `${degrees}°`).toBeLessThan(1e-7 * (1 + Math.abs(expected)));
    }
  });

  it('is 1 where the gradient passes straight through', () => {
    for (const { value } of gainOf(drawn('arcface', { gradient: 'straight-through' }), angles)) {
      expect(value).toBeCloseTo(1, 12);
    }
  });

  it('has an axis that what grows without bound does not flatten', () => {
    const [least, most] = gainRange([
      gainOf(
        drawn('arcface'),
        Array.from({ length: 181 }, (_, i) => i),
      ),
    ]);
    expect(least).toBe(0);
    // sin(10° + m)/sin 10° = 3.6, while at 1° it is 28.
    expect(most).toBeCloseTo(1.05 * (Math.sin(Math.PI / 18 + 0.5) / Math.sin(Math.PI / 18)), 6);
  });
});

describe('the plane of two classes', () => {
  it('without margin has none', () => {
    const lead = leadAt(drawn('normface'));
    expect([sideOf(lead(40, 41)), sideOf(lead(41, 40))]).toEqual(['class 1', 'class 2']);
  });

  it('of arcface has boundaries at θ1 + m = θ2 and θ2 + m = θ1', () => {
    const lead = leadAt(drawn('arcface', { margin: 0.5 }));
    const m = (0.5 * 180) / Math.PI;
    for (const theta of [0, 30, 90, 140]) {
      expect(sideOf(lead(theta, theta + m + 0.01))).toBe('class 1');
      expect(sideOf(lead(theta, theta + m - 0.01))).toBe('margin');
      expect(sideOf(lead(theta + m - 0.01, theta))).toBe('margin');
      expect(sideOf(lead(theta + m + 0.01, theta))).toBe('class 2');
    }
  });
});

describe('what is said of a head', () => {
  it('are its numbers, and what is not as by default', () => {
    expect(valuesText(drawn('arcface'))).toBe('scale 64, margin 0.5');
    expect(valuesText(drawn('arcface', { pastPi: 'clip', easyMargin: true }))).toBe(
      'scale 64, margin 0.5, past-pi clip, easy-margin true',
    );
    expect(valuesText(drawn('softmax'))).toBe('');
  });

  it('is not said twice where it may change', () => {
    expect(valuesText(drawn('sphereface'))).toBe('margin 4, lambda 5');
    expect(startText(drawn('sphereface'))).toBe('');
  });
});
