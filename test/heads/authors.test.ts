import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import type { Expr } from '#expr/expr.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { findHead } from '#heads/find.js';
import { FIELDS, type Field, type Measured, readRows, rowsOf, writeRows } from '../helpers/authors-table.ts';
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

/** The largest errors of a record over its steps, by what the table in docs/heads.md tells. */
function judge(judgement: Judgement, figures: Figures, given: Case, record: Figure): Measured['errors'] {
  const { only = FIELDS } = judgement;
  const errors: Partial<Record<Field, number>> = {};
  for (const [name, [ours, figure]] of Object.entries(compared(judgement, figures, given, record))) {
    const field = FIELDS.find((each) => name.startsWith(`${each} `)) ?? 'state';
    if (!ours || !figure?.data.every(Number.isFinite) || !only.includes(field)) continue;
    errors[field] = Math.max(errors[field] ?? 0, distance(ours, figure));
  }
  return errors;
}

/** Everything that one judgement compares. */
function measure(judgement: Judgement, files: readonly Figures[]): (Measured & { readonly place: string })[] {
  const { name } = findHead(judgement.head).head;
  const { within = null, because = null } = judgement;
  return files.flatMap((figures) =>
    figures.cases.flatMap((given) =>
      given.records
        .filter((record) => judges(judgement, given, record))
        .map((record) => {
          const { repo, path, commit } = figures.implementations[record.impl] ?? {};
          const url = `https://github.com/${repo}/blob/${commit}/${path}`;
          const errors = judge(judgement, figures, given, record);
          const place = `of ${record.impl} in case ${given.case}`;
          return { head: name, by: record.impl, url, errors, within, because, place };
        }),
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
        for (const each of measure(judgement, files)) {
          compared += Object.keys(each.errors).length;
          for (const [field, error] of Object.entries(each.errors)) {
            expect(error, `${field} ${each.place}`).toBeLessThan(judgement.within ?? WITHIN);
          }
        }
        expect(compared).toBeGreaterThan(4);
      },
    );

    it('docs/authors.json says what is measured (npm run judge writes it)', () => {
      const rows = rowsOf(JUDGEMENTS.flatMap((judgement) => measure(judgement, files)));
      if (process.env['MODE'] === 'judge') writeRows(rows);
      const told = readRows();
      const names = (list: typeof rows) => list.map(({ head, by, url, records }) => [head, by, url, records]);
      expect(names(told)).toEqual(names(rows));
      for (const [i, row] of rows.entries()) {
        for (const field of FIELDS) {
          const [measured, written] = [row[field], told[i]?.[field] ?? null];
          // Two digits are written; last bits of sin, cos and exp are those of one version of the engine.
          const near = Math.abs((measured ?? 0) - (written ?? 0)) <= Math.max(1e-13, 0.06 * (measured ?? 0));
          expect(near && (measured === null) === (written === null), `${field} of ${row.by}`).toBe(true);
        }
      }
    });
  },
);
