import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is compared with figures of authors. */
export const FIELDS = ['logits', 'loss', 'dX', 'dW', 'state'] as const;
export type Field = (typeof FIELDS)[number];

/** One comparison: largest differences, relative to the largest magnitude or 1, of what an implementation gave. */
export interface Measured {
  readonly head: string;
  /** The implementation: `owner/repository:Class~variant`. */
  readonly by: string;
  readonly url: string;
  readonly errors: Partial<Readonly<Record<Field, number>>>;
  /** The bound that it was held to, where it is not the usual one, and why. */
  readonly within: number | null;
  readonly because: string | null;
}

/** A row of `docs/authors.json`: a head, an implementation, and the largest errors over all records. */
export type Row = Omit<Measured, 'errors'> &
  Readonly<Record<Field, number | null>> & { readonly records: number };

const PATH = fileURLToPath(new URL('../../docs/authors.json', import.meta.url));

/** Comparisons gathered into rows, in their order. */
export function rowsOf(all: readonly Measured[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { errors, ...each } of all) {
    const key = `${each.head} ${each.by}`;
    const before = rows.get(key);
    const worst = (field: Field) => {
      const seen = [before?.[field], errors[field]].filter((error) => typeof error === 'number');
      return seen.length === 0 ? null : Math.max(...seen);
    };
    rows.set(key, {
      ...each,
      within: before?.within ?? each.within,
      because: before?.because ?? each.because,
      records: (before?.records ?? 0) + 1,
      logits: worst('logits'),
      loss: worst('loss'),
      dX: worst('dX'),
      dW: worst('dW'),
      state: worst('state'),
    });
  }
  return [...rows.values()];
}

export function writeRows(rows: readonly Row[]): void {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(2)) : value;
  writeFileSync(PATH, `${JSON.stringify(rows, rounded, 2)}\n`);
}

export function readRows(): Row[] {
  return JSON.parse(readFileSync(PATH, 'utf8')) as Row[];
}
