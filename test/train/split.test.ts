import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shuffle, split } from '#train/split.js';

const alone = (labels: readonly number[]) => labels.map((_, i) => i);

describe('split', () => {
  it('takes the same part of every class', () => {
    const labels = Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : 1));
    const { heldBack } = split(labels, alone(labels), 0.25, 0);
    expect(Array.from(heldBack, (i) => labels[i]).filter((label) => label === 1)).toHaveLength(5);
    expect(heldBack).toHaveLength(25);
  });

  it('never takes the last sample of a class', () => {
    const { training, heldBack } = split([0, 1, 2, 2], [0, 1, 2, 3], 0.9, 0);
    expect(training).toHaveLength(3);
    expect(heldBack).toHaveLength(1);
  });

  it('keeps what belongs together on one side, and loses nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ label: fc.nat(4), group: fc.nat(20) }), { minLength: 2, maxLength: 200 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.nat(1000),
        (rows, part, seed) => {
          const labels = rows.map(({ label }) => label);
          const groups = rows.map(({ group }) => group);
          const { training, heldBack } = split(labels, groups, part, seed);
          expect([...training, ...heldBack].sort((a, b) => a - b)).toEqual(alone(labels));
          const held = new Set(Array.from(heldBack, (i) => groups[i]));
          for (const i of training) expect(held.has(groups[i])).toBe(false);
          expect(split(labels, groups, part, seed)).toEqual({ training, heldBack });
        },
      ),
    );
  });

  it('differs from seed to seed', () => {
    const labels = Array.from({ length: 50 }, (_, i) => i % 5);
    expect(split(labels, alone(labels), 0.3, 0)).not.toEqual(split(labels, alone(labels), 0.3, 1));
  });
});

describe('shuffle', () => {
  it('keeps every number, in another order for another seed', () => {
    const order = (seed: number) => [
      ...shuffle(
        Uint32Array.from({ length: 40 }, (_, i) => i),
        seed,
      ),
    ];
    expect(order(3).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(order(3)).toEqual(order(3));
    expect(order(3)).not.toEqual(order(4));
  });

  it('puts every number everywhere alike', () => {
    const places = [0, 0, 0, 0];
    for (let seed = 0; seed < 4000; seed++) {
      const at = shuffle(Uint32Array.of(0, 1, 2, 3), seed).indexOf(0);
      places[at] = (places[at] ?? 0) + 1;
    }
    // 1000 are expected; the deviation is 27.
    for (const count of places) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
