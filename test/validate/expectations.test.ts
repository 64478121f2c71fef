import { expect, it } from 'vitest';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import { expectationsOf, outputsOf, rowsOf } from '#validate/expectations.js';
import { subjectOf } from '#validate/recipe.js';
import { cosineEpsilon } from '#validate/tolerances.js';
import { fixtureModel } from '../helpers/fixtures.ts';

it('a loss may be off by what lengths that are off make of the regulariser, and by no more', async () => {
  const model = await readModel(fixtureModel('digits-cnn'));
  const [dim, classes, length] = [48, 10, 2];
  const slackOf = (lambdaG: number) => {
    const { train } = rewrite(model, { head: 'magface', parameters: { lA: 1, lambdaG } });
    const subject = subjectOf('train', train, model);
    const run = {
      x: Float64Array.from({ length: dim }, (_, k) => (k === 5 ? length : 0)),
      labels: [3],
      noise: {},
      got: () => new Float64Array(classes),
    };
    const loss = expectationsOf(subject, rowsOf(subject), run, 'cpu')[outputsOf(subject).indexOf('loss')];
    return loss?.slack?.[0] ?? Number.NaN;
  };
  expect(slackOf(0)).toBe(0);
  // a/110² + 1/a has the slope 1/110² − 1/a², and a is off by ε·a.
  const expected = 1000 * (1 / length ** 2 - 1 / 110 ** 2) * length * cosineEpsilon('cpu', dim);
  expect(slackOf(1000) / expected).toBeCloseTo(1, 4);
});
