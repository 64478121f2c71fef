import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { arrayOf, type Case, decoded, type Figure, type Figures, readFigures } from '../helpers/figures.ts';
import { headGraph } from '../helpers/head-graph.ts';
import { shared } from '../helpers/shared.ts';
import { JUDGEMENTS, type Judgement } from './judges.ts';

/*
 * Logits, losses and gradients against figures that the authors' own code gave in float64. The bound of 1e-9 relative to
 * the largest magnitude leaves room for the order of sums and nothing else.
 */
const WITHIN = 1e-9;
const FILES = ['case_A_random_small', 'case_C_hard_angles', 'case_E_single_sample', 'case_G_degenerate'];

const folder = shared('reference/');

/** Largest difference, relative to the largest magnitude or 1. */
function distance(ours: Tensor, theirs: Tensor): number {
  const largest = theirs.data.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return (
    theirs.data.reduce((worst, x, i) => Math.max(worst, Math.abs((ours.data[i] ?? Number.NaN) - x)), 0) /
    largest
  );
}

function judges({ filed, judges }: Judgement, record: Figure): boolean {
  const names = Object.keys(filed.params);
  const same = names.length === Object.keys(record.params).length;
  const equal = same && names.every((name) => record.params[name] === filed.params[name]);
  return (
    record.head === filed.head &&
    equal &&
    judges.some((part) => record.impl.endsWith(part) || record.impl.startsWith(`${part}:`))
  );
}

function judge(judgement: Judgement, figures: Figures, given: Case, record: Figure): Record<string, number> {
  const { within: _, ...variant } = judgement;
  const { x, w, logits, loss } = headGraph(variant.head, variant.values, given.D, given.C);
  const bindings = {
    x: decoded(given.inputs.x),
    w: decoded(given.inputs.W),
    labels: tensor(given.inputs.labels),
  };
  const [z, l, dX, dW] = evaluate([logits, loss, ...grad(loss, [x, w])], bindings);
  const facts = figures.implementations[record.impl];
  // At a zero embedding and at angles of 0 and π (cases G) each implementation has a gradient of its own, or NaN.
  const gradients = facts?.gradient.startsWith('full') && !given.case.startsWith('G');
  const theirs = {
    logits: [z, arrayOf(given, 'logits', record)],
    loss: [l, typeof record.loss === 'number' ? tensor(record.loss) : null],
    dX: [dX, gradients ? arrayOf(given, 'dX', record) : null],
    dW: [dW, gradients && facts?.dW_wrt === 'W' ? arrayOf(given, 'dW', record) : null],
  } as const;
  return Object.fromEntries(
    Object.entries(theirs).flatMap(([field, [ours, figure]]) => {
      return ours && figure?.data.every(Number.isFinite) ? [[field, distance(ours, figure)]] : [];
    }),
  );
}

describe.skipIf(folder === null)(
  'figures of the authors’ own code (need the shared reference folder)',
  () => {
    const files = folder === null ? [] : FILES.map((file) => readFigures(`${folder}${file}.json`));
    it.each(JUDGEMENTS.map((j) => [`${j.head} ${JSON.stringify(j.values)} by ${j.judges[0]} …`, j] as const))(
      '%s',
      (_, judgement) => {
        let compared = 0;
        for (const figures of files) {
          for (const given of figures.cases) {
            for (const record of given.records.filter((r) => r.steps === undefined && judges(judgement, r))) {
              const errors = judge(judgement, figures, given, record);
              compared += Object.keys(errors).length;
              for (const [field, error] of Object.entries(errors)) {
                expect(error, `${field} of ${record.impl} in case ${given.case}`).toBeLessThan(
                  judgement.within ?? WITHIN,
                );
              }
            }
          }
        }
        expect(compared).toBeGreaterThan(4);
      },
    );
  },
);
