import type { GraphView } from '#graph/view.js';
import { findTail, findTails } from '#tail/find.js';
import { prepare } from '#tail/prepare.js';
import type { Tail } from '#tail/tail.js';
import { writtenModel } from './written-model.ts';

/** The view of a model in lines of text, its tail in plain operators. */
export function viewOf(...lines: readonly string[]): GraphView {
  return prepare(writtenModel(lines.join('\n'))).view;
}

/** The only tail of a model in lines of text. */
export function tailOf(...lines: readonly string[]): Tail {
  return findTail(viewOf(...lines), {}).tail;
}

/** Why a model in lines of text has no tail: the reasons, deepest first. */
export function reasonsOf(...lines: readonly string[]): string[] {
  const { tails, misses } = findTails(viewOf(...lines));
  if (tails.length > 0) throw new Error(`a tail was found: ${tails.map(({ nodeLabel }) => nodeLabel)}`);
  return misses.map(({ reason }) => reason);
}
