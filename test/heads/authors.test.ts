import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { findHead } from '#heads/find.js';
import { arrayOf, type Case, decoded, type Figure, type Figures, readFigures } from '../helpers/figures.ts';
import { headGraph } from '../helpers/head-graph.ts';
import { shared } from '../helpers/shared.ts';
import { takenTensors } from '../helpers/taken.ts';
import { fitted } from '../helpers/variants.ts';
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

/** Whether an original's gradient is the one that a variant has. */
function sameGradient(gradient: string, { head: name, values }: Pick<Judgement, 'head' | 'values'>): boolean {
  if (gradient.startsWith('full') || gradient.startsWith('weights alpha detached')) return true;
  const { head, preset } = findHead(name);
  const ours = head.parse({ ...preset, ...values })['gradient'];
  return gradient.startsWith('cgd') && ours === 'straight-through';
}

/** The standard normal numbers behind the margins that an original drew. */
function noiseOf({ extra, params }: Figure): Record<string, number[]> {
  const { sampled_margins: sampled } = extra ?? {};
  if (sampled === undefined) return {};
  return { noise: [...decoded(sampled).data].map((m) => (m - Number(params['m'])) / Number(params['std'])) };
}

/**
 * Where an original overwrites W by its unit rows, its gradient is that of the unit rows. That of W itself, which stands
 * at a right angle to each row: (I − ŵŵᵀ)g/‖w‖.
 */
function throughLengths(g: Tensor | null, w: Tensor): Tensor | null {
  if (g === null) return null;
  const [rows = 0, dim = 0] = w.shape;
  const data = new Float64Array(g.data.length);
  for (let j = 0; j < rows; j++) {
    const [row, own] = [w.data.subarray(j * dim, (j + 1) * dim), g.data.subarray(j * dim, (j + 1) * dim)];
    const norm = Math.hypot(...row);
    const along = row.reduce((sum, v, k) => sum + (v / norm) * (own[k] ?? 0), 0);
    data.set(
      own.map((v, k) => (v - (along * (row[k] ?? 0)) / norm) / norm),
      j * dim,
    );
  }
  return { shape: w.shape, data };
}

function judge(judgement: Judgement, figures: Figures, given: Case, record: Figure): Record<string, number> {
  const { within: _, cases: __, ...variant } = judgement;
  const values = fitted(variant.values, given.C);
  const { x, w, logits, loss, takes } = headGraph(variant.head, values, given.D, given.C);
  const bindings = {
    x: decoded(given.inputs.x),
    w: decoded(w.shape[0] === given.C ? given.inputs.W : given.inputs.W_sub),
    labels: tensor(given.inputs.labels),
    ...takenTensors(takes, noiseOf(record)),
  };
  const [z, l, dX, dW] = evaluate([logits, loss, ...grad(loss, [x, w])], bindings);
  const facts = figures.implementations[record.impl];
  // At a zero embedding and at angles of 0 and π (cases G) each implementation has a gradient of its own, or NaN.
  const gradients = sameGradient(facts?.gradient ?? '', variant) && !given.case.startsWith('G');
  const whole = arrayOf(given, 'dW', record);
  const theirs = {
    logits: [z, arrayOf(given, 'logits', record)],
    loss: [l, typeof record.loss === 'number' ? tensor(record.loss) : null],
    dX: [dX, gradients ? arrayOf(given, 'dX', record) : null],
    dW: [dW, gradients ? (facts?.dW_wrt === 'W' ? whole : throughLengths(whole, bindings.w)) : null],
  } as const;
  return Object.fromEntries(
    Object.entries(theirs).flatMap(([field, [ours, figure]]) => {
      return ours && figure?.data.every(Number.isFinite) ? [[field, distance(ours, figure)]] : [];
    }),
  );
}

/** What there is to judge a variant by. */
function recordsFor(files: readonly Figures[], judgement: Judgement) {
  return files.flatMap((figures) =>
    figures.cases
      .filter((given) => judgement.cases?.includes(given.case) !== false)
      .flatMap((given) =>
        given.records
          .filter((record) => record.steps === undefined && judges(judgement, record))
          .map((record) => ({ figures, given, record })),
      ),
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
        for (const { figures, given, record } of recordsFor(files, judgement)) {
          const errors = judge(judgement, figures, given, record);
          compared += Object.keys(errors).length;
          for (const [field, error] of Object.entries(errors)) {
            expect(error, `${field} of ${record.impl} in case ${given.case}`).toBeLessThan(
              judgement.within ?? WITHIN,
            );
          }
        }
        expect(compared).toBeGreaterThan(4);
      },
    );
  },
);
