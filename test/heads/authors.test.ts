import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import type { Expr } from '#expr/expr.js';
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
 * Logits, losses, gradients and states against figures that the authors' own code gave in float64. The bound of 1e-9 relative to
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

function judges({ filed, judges, cases }: Judgement, given: Case, record: Figure): boolean {
  const names = Object.keys(filed.params);
  const same = names.length === Object.keys(record.params).length;
  const equal = same && names.every((name) => record.params[name] === filed.params[name]);
  return (
    record.head === filed.head &&
    equal &&
    cases?.includes(given.case) !== false &&
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

/** Ours beside theirs, by what is compared; null where there is no figure. */
type Pairs = Readonly<Record<string, readonly [ours: Tensor | undefined, theirs: Tensor | null]>>;

/** What states are called in the figures; by their own names where not here. */
const FILED_STATES: Readonly<Record<string, string>> = { s: 's_after' };

const scalar = (value: number | string | null | undefined) =>
  typeof value === 'number' ? tensor(value) : null;

/** Whether the gradients of a record may be compared, and whether its dW is that of W itself. */
function gradientsOf(judgement: Judgement, figures: Figures, given: Case, { impl }: Figure) {
  const facts = figures.implementations[impl];
  // At a zero embedding and at angles of 0 and π (cases G) each implementation has a gradient of its own, or NaN.
  const same = sameGradient(facts?.gradient ?? '', judgement) && !given.case.startsWith('G');
  return { same, ofW: facts?.dW_wrt === 'W' };
}

/** What a record holds of one step; a record without steps is one. */
function filedAt(given: Case, record: Figure, index: number): Readonly<Record<string, Tensor | null>> {
  const step = record.steps?.[index];
  const array = (field: 'logits' | 'dX' | 'dW') =>
    arrayOf(given, field, record, step === undefined ? null : index);
  const states = Object.entries(step?.state ?? {}).map(([name, value]) => [name, scalar(value)] as const);
  const loss = scalar((step ?? record).loss);
  return { logits: array('logits'), loss, dX: array('dX'), dW: array('dW'), ...Object.fromEntries(states) };
}

/** Class rows of a case, in as many centres as a head has. */
const rowsFor = ({ shape }: Expr, { C, inputs }: Case) => decoded(shape[0] === C ? inputs.W : inputs.W_sub);

/**
 * Everything that there are figures of: of a head with a state at each of three steps, the state that we gave being what
 * the next step begins with.
 */
function compared(judgement: Judgement, figures: Figures, given: Case, record: Figure): Pairs {
  const values = fitted(judgement.values, given.C);
  const { x, w, logits, loss, next, takes } = headGraph(judgement.head, values, given.D, given.C);
  expect(Object.keys(next).length > 0, `steps of ${record.impl}`).toBe(record.steps !== undefined);
  const roots = { logits, loss, ...next };
  const gradients = gradientsOf(judgement, figures, given, record);
  const batches = [given.inputs, ...(given.inputs.batches ?? [])].slice(0, record.steps?.length ?? 1);
  const pairs: Record<string, Pairs[string]> = {};
  let states: Record<string, Tensor> = {};
  for (const [index, batch] of batches.entries()) {
    const rows = rowsFor(w, given);
    const bindings = { x: decoded(batch.x), w: rows, labels: tensor(batch.labels) };
    const [dX, dW, ...results] = evaluate([...grad(loss, [x, w]), ...Object.values(roots)], {
      ...bindings,
      ...takenTensors(takes, noiseOf(record)),
      ...states,
    });
    const ours = Object.entries(roots).map(([name], i) => [name, results[i] ?? tensor(Number.NaN)] as const);
    const filed = filedAt(given, record, index);
    const at = `at step ${index + 1}`;
    for (const [name, value] of ours) {
      const state = name.replace(/_next$/, '');
      pairs[`${name} ${at}`] = [value, filed[FILED_STATES[state] ?? state] ?? null];
    }
    if (gradients.same) {
      const theirs = filed['dW'] ?? null;
      pairs[`dX ${at}`] = [dX, filed['dX'] ?? null];
      pairs[`dW ${at}`] = [dW, gradients.ofW ? theirs : throughLengths(theirs, rows)];
    }
    states = Object.fromEntries(ours.slice(2).map(([name, value]) => [name.replace(/_next$/, ''), value]));
  }
  return pairs;
}

function judge(judgement: Judgement, figures: Figures, given: Case, record: Figure): Record<string, number> {
  const pairs = compared(judgement, figures, given, record);
  return Object.fromEntries(
    Object.entries(pairs).flatMap(([field, [ours, figure]]) => {
      return ours && figure?.data.every(Number.isFinite) ? [[field, distance(ours, figure)]] : [];
    }),
  );
}

/** What there is to judge a variant by. */
function recordsFor(files: readonly Figures[], judgement: Judgement) {
  return files.flatMap((figures) =>
    figures.cases.flatMap((given) =>
      given.records
        .filter((record) => judges(judgement, given, record))
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
        let count = 0;
        for (const { figures, given, record } of recordsFor(files, judgement)) {
          const errors = judge(judgement, figures, given, record);
          count += Object.keys(errors).length;
          for (const [field, error] of Object.entries(errors)) {
            expect(error, `${field} of ${record.impl} in case ${given.case}`).toBeLessThan(
              judgement.within ?? WITHIN,
            );
          }
        }
        expect(count).toBeGreaterThan(4);
      },
    );
  },
);
