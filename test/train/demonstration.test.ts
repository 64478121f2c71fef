import { describe, expect, it } from 'vitest';
import { HEADS } from '#heads/index.js';
import { readModel } from '#model/read.js';
import { demonstrated, PLAIN, SHOWN, type Shown, showIn, shownIn } from '../helpers/demonstration.ts';
import { fixtureModel } from '../helpers/fixtures.ts';

/* The figures that the README and docs/training.md show. `npm run demonstrate` writes them, for every head. */

/**
 * How far a figure may be from what is shown. Sums of float32 differ from processor to processor, and a pair more or less
 * of the 250 genuine in one of five splits is 0.08 %; angles move less.
 */
const ALLOWED: Readonly<Record<Exclude<keyof Shown, 'head'>, number>> = {
  eer: 0.0013,
  accepted: 0.0025,
  own: 0.5,
  other: 0.5,
  top1: 0.0025,
};

function expectNear(found: Shown, shown: Shown | undefined): void {
  for (const [figure, allowed] of Object.entries(ALLOWED) as [keyof typeof ALLOWED, number][]) {
    const off = Math.abs(found[figure] - (shown?.[figure] ?? Number.NaN));
    expect(off, `${found.head ?? 'before'}: ${figure} ${found[figure]}`).toBeLessThanOrEqual(allowed);
  }
}

const writes = process.env['MODE'] === 'demonstrate';

describe.skipIf(writes)('what the README shows of training', () => {
  it.each(SHOWN)('is what %s gives', { timeout: 300_000 }, async (head) => {
    const shown = shownIn('README.md');
    const { before, after, pairs } = await demonstrated(await readModel(fixtureModel('digits-cnn')), head);
    expectNear(
      before,
      shown.find((row) => row.head === null),
    );
    expectNear(
      after,
      shown.find((row) => row.head === head),
    );
    expect(pairs).toBeCloseTo(0.0091, 3);
    if (!PLAIN.includes(head)) expect(after.eer).toBeLessThan(before.eer);
  });

  it('is a part of what docs/training.md shows, of every head', () => {
    const all = shownIn('docs/training.md');
    expect(all.map(({ head }) => head)).toEqual([null, ...HEADS.map(({ name }) => name)]);
    expect(shownIn('README.md')).toEqual(all.filter(({ head }) => head === null || SHOWN.includes(head)));
  });

  it('is that every margin lowers the error of an embedding against a class', () => {
    const [before, ...heads] = shownIn('docs/training.md');
    for (const { head, eer } of heads) {
      if (PLAIN.includes(head ?? '')) expect(eer, head ?? '').toBeLessThanOrEqual(before?.eer ?? 0);
      else expect(eer, head ?? '').toBeLessThan(before?.eer ?? 0);
    }
  });
});

it.runIf(writes)('writes the tables', { timeout: 3_600_000 }, async () => {
  const model = await readModel(fixtureModel('digits-cnn'));
  const rows: Shown[] = [];
  for (const { name } of HEADS) {
    const { before, after } = await demonstrated(model, name);
    // Of several centres a class the start is another: the first head's is shown.
    rows.push(...(rows.length === 0 ? [before] : []), after);
  }
  showIn('docs/training.md', rows);
  showIn(
    'README.md',
    rows.filter(({ head }) => head === null || SHOWN.includes(head)),
  );
});
