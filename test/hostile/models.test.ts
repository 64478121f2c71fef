import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelFromBytes } from '#model/read.js';
import { inspect } from '#rewrite/inspect.js';
import { rewrite } from '#rewrite/rewrite.js';
import { BOMBS, type Hostile, LENGTHS, NESTED, SHAPES } from '../fuzz/hostile-models.ts';
import { mutants, mutated } from '../fuzz/mutations.ts';
import { ownSeeds } from '../fuzz/seeds.ts';
import { exercise, exerciseMutant } from '../fuzz/stages.ts';
import { refusalOf } from '../helpers/refusal.ts';

/* The short form of `npm run fuzz`. */

describe('models with something wrong', () => {
  it('end in a result or a refusal, and are written as they were read', () => {
    const seeds = ownSeeds();
    let read = 0;
    fc.assert(
      fc.property(mutants, fc.nat(1000), (mutant, turn) => {
        exerciseMutant(mutated(seeds, mutant), turn, (stage, _, refused) => {
          if (stage === 'read' && !refused) read++;
        });
      }),
      { seed: 4, numRuns: 120 },
    );
    // Else nothing but the first line of defence was tried.
    expect(read).toBeGreaterThan(40);
  });
});

describe('models that ask for more than they are', () => {
  // Those of half a megabyte and more are left to the long run.
  const small = [...SHAPES, ...BOMBS, ...NESTED, ...LENGTHS].map(([title, make]) => [title, make()] as const);
  it.each(small.filter(([, bytes]) => bytes.length < 500_000))('%s', (_, bytes) => {
    exercise(bytes, 0, () => {}, 1);
  });

  const refused = async (list: readonly Hostile[], title: string) => {
    const [, bytes] = list.find(([each]) => each === title) ?? [];
    if (bytes === undefined) throw new Error(`there is no ${title}`);
    return refusalOf(() => rewrite(modelFromBytes(bytes()), { head: 'arcface' }));
  };

  it('are refused before anything is made of the sizes that they claim', async () => {
    expect(await refused(SHAPES, 'a weight of [1, 1152921504606847000]')).toMatchObject({
      code: 'UNREADABLE_MODEL',
      saw: '48 bytes of data',
    });
    expect(await refused(SHAPES, 'a weight of [2147483648, 2] of which nothing is stored')).toMatchObject({
      code: 'UNREADABLE_MODEL',
      saw: '0 numbers in floatData',
    });
    for (const title of ['a weight of 2^60 numbers', 'a weight that is doubled thirty times']) {
      expect(await refused(BOMBS, title)).toMatchObject({
        code: 'UNSUPPORTED_MODEL',
        saw: 'more numbers to compute than what is stored accounts for',
      });
    }
    expect(await refused(BOMBS, 'a reshape to 2^40')).toMatchObject({ code: 'UNSUPPORTED_MODEL' });
    expect(await refused(LENGTHS, 'half a million empty nodes')).toMatchObject({
      code: 'UNREADABLE_MODEL',
      saw: expect.stringMatching(/^more messages than a file of this size has use for/),
    });
  });

  it('may still be looked at where only the numbers of the layer are missing', () => {
    const [, bytes] = SHAPES.find(([title]) => title === 'a weight of [2147483648, 2]') ?? [];
    expect(inspect(modelFromBytes(bytes?.() ?? new Uint8Array(0))).tail).toMatchObject({
      dim: 2 ** 31,
      classes: 2,
    });
  });
});
