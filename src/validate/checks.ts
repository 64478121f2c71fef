import { allowedAt, compare, type Spread, type Tolerance, type Worst } from './compare.ts';
import type { Expectation } from './expectations.ts';
import type { Provider } from './messages.ts';
import type { GraphKind } from './recipe.ts';

/** How checks begin that say whether a batch was opened rightly. */
export const OPEN_BATCH = 'open batch';

/** One comparison of an output, over all samples. */
export interface Check {
  /** What is checked: `train logits`, `infer cosine at the edges`. */
  readonly name: string;
  readonly graph: GraphKind;
  readonly output: string;
  readonly provider: Provider;
  /** What it is compared with. */
  readonly against: string;
  readonly ok: boolean;
  /** Numbers compared. */
  readonly count: number;
  readonly worst: Worst | null;
  readonly spread: Spread | null;
  readonly tolerance: Tolerance;
  /** The least factor on what is allowed that would pass; at most 1 where it passes. */
  readonly leastTolerance: number;
}

export type CheckTitle = Pick<Check, 'name' | 'graph' | 'output' | 'provider' | 'against'>;

/** What a run gave of an output beside what it should have given. */
export interface Result extends Expectation {
  readonly got: ArrayLike<number>;
}

/** Results of several runs as one check: rows one below the other. */
export function checkOf(title: CheckTitle, results: readonly Result[]): Check {
  const [first] = results;
  if (first === undefined) throw new Error(`nothing was run for ${title.name}`);
  const width = first.dims.slice(1);
  const rows = results.reduce((sum, { dims }) => sum + (dims[0] ?? 1), 0);
  // Scalars of several runs make a list; a single one stays a scalar.
  const dims = first.dims.length === 0 && results.length === 1 ? [] : [rows, ...width];
  // Each run is held to its own tolerance; what the check states is that of the first, ordinary one.
  const comparison = compare(
    joined(results.map(({ got }) => got)),
    joined(results.map(({ expected }) => expected)),
    dims,
    joined(results.map(({ expected, tolerance, slack }) => allowedAt(expected, tolerance, slack))),
  );
  return { ...title, ...comparison, tolerance: first.tolerance };
}

function joined(parts: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A check that something did, or did not, end in a number. */
export function alarmCheck(
  title: CheckTitle,
  losses: readonly { readonly label: number; readonly loss: number }[],
): Check {
  const silent = losses.find(({ loss }) => Number.isFinite(loss));
  return {
    ...title,
    ok: silent === undefined,
    count: losses.length,
    worst: silent
      ? { abs: Infinity, rel: Infinity, allowed: 0, where: [], got: silent.loss, expected: Number.NaN }
      : null,
    spread: null,
    tolerance: {
      rtol: 0,
      atol: 0,
      reason: 'a label outside the classes must end in a loss that is not finite',
    },
    leastTolerance: silent === undefined ? 0 : Infinity,
  };
}
