import { expect, it } from 'vitest';
import { refuseTooLarge } from '#validate/too-large.js';
import { refusalOf } from '../helpers/refusal.ts';

it('a million classes are refused with what to do, a hundred thousand are not', async () => {
  expect(() => refuseTooLarge(100_000, 512)).not.toThrow();
  const refusal = await refusalOf(() => refuseTooLarge(1_000_000, 512));
  expect(refusal.code).toBe('UNSUPPORTED_MODEL');
  expect(refusal.saw).toBe('1000000 class rows of 512 numbers');
  expect(refusal.tryThis[0]).toContain('--no-validate');
});
