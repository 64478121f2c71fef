import type { Dim } from '../graph/value-info.ts';
import { declaredFacts } from '../graph/value-info.ts';
import type { GraphView } from '../graph/view.ts';

/** An input of a model as it must be fed. */
export interface InputFacts {
  readonly name: string;
  readonly element: string | null;
  /** Null where the rank is not declared. */
  readonly shape: readonly Dim[] | null;
}

/** What a caller must feed, in order. */
export function inputsOf(view: GraphView): InputFacts[] {
  return view.inputs.map((info) => ({ name: info.name ?? '', ...declaredFacts(info) }));
}

/** Samples at once where a model takes any number: enough to see, few enough for memory. */
export const MOST_AT_ONCE = 64;

/** Whether the first dimension of an input counts samples; a table or a length that all share does not. */
export function isBatched({ shape }: InputFacts, fixed: number | null): boolean {
  const dim = shape?.[0];
  return dim !== undefined && (typeof dim !== 'number' || dim === fixed);
}
