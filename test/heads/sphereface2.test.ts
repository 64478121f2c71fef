import { describe, expect, it } from 'vitest';
import { input } from '#expr/build.js';
import { evaluate } from '#expr/evaluate.js';
import { grad } from '#expr/grad.js';
import { tensor } from '#expr/kernels.js';
import { findHead } from '#heads/find.js';
import { lossOf } from '#heads/loss.js';
import type { Values } from '#heads/parameters.js';
import { partsOf } from '#heads/parts.js';
import { takenTensors } from '../helpers/taken.ts';

/** ∂L/∂b of the learned offset for an embedding at a right angle to every one of C class rows. */
function slopeAtRightAngles(name: string, values: Values, classes: number): number {
  const { head, preset } = findHead(name);
  const settled = head.parse({ ...preset, ...values });
  const needs = head.needs(settled, { classes, dim: 2 });
  const labels = input('labels', 'int64', ['N']);
  const { parts } = partsOf(
    {
      x: input('x', 'float32', ['N', 2]),
      w: input('w', 'float32', [classes, 2]),
      bias: null,
      labels,
      ignoreIndex: -100,
    },
    needs,
  );
  const loss = lossOf(head, settled, head.logits(parts, settled), parts);
  const [slope] = evaluate(grad(loss, [parts.take('offset')]), {
    x: tensor([1, 0], [1, 2]),
    w: tensor(
      Array.from({ length: 2 * classes }, (_, i) => i % 2),
      [classes, 2],
    ),
    labels: tensor([0]),
    ...takenTensors(needs.takes, {}),
  });
  return slope?.data[0] ?? Number.NaN;
}

describe('the offset of sphereface2', () => {
  // C = 2 and 3 are where its formula subtracts near equals.
  it.each(['sphereface2-c', 'sphereface2-a', 'sphereface2-m'])('%s starts in balance', (name) => {
    for (const classes of [2, 3, 10, 5000]) {
      // Its terms are of the order of lw/r ≈ 1.
      expect(slopeAtRightAngles(name, {}, classes), `${classes} classes`).toBeCloseTo(0, 10);
    }
  });

  it('elsewhere it moves', () => {
    expect(slopeAtRightAngles('sphereface2', { offset: 'zero' }, 10)).not.toBeCloseTo(0, 2);
  });
});

describe('the margin of sphereface2', () => {
  const { head } = findHead('sphereface2');
  it('has a default and a range by variant', () => {
    expect(head.parse({ variant: 'A' })).toMatchObject({ margin: 0.5 });
    expect(head.parse({ variant: 'M' })).toMatchObject({ margin: 1.7 });
    expect(() => head.parse({ variant: 'M', margin: 0.4 })).toThrow(
      expect.objectContaining({ code: 'BAD_PARAM', expected: '[1, 8]' }),
    );
    expect(() => head.parse({ variant: 'B' })).toThrow(expect.objectContaining({ code: 'BAD_PARAM' }));
  });
});
