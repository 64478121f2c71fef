import { describe, expect, it } from 'vitest';
import { CLASSIFIERS, classifiers, failedChecks } from '../helpers/classifiers.ts';

/* Real classifiers by many exporters: every one whose verdict is `rewrite` is rewritten and run, with
 * a head of each kind: `validate.test.ts` has every head. */

/** One head of each kind: cosines, angles, lengths, states, and a loss of its own. */
const KINDS = ['cosface', 'arcface', 'l-softmax', 'adaface', 'sphereface2'];

describe.skipIf(CLASSIFIERS === null)('classifiers (need the shared models folder)', () => {
  it('are there', () => {
    expect(classifiers().length).toBeGreaterThan(15);
  });

  it.each(classifiers())('%s validates on the CPU', async (name) => {
    for (const head of KINDS) expect(await failedChecks(name, head, 'cpu'), head).toEqual([]);
  });
});
