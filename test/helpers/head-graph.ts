import { input } from '#expr/build.js';
import type { Expr } from '#expr/expr.js';
import { crossEntropy } from '#heads/cross-entropy.js';
import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import { partsOf } from '#heads/parts.js';

export interface HeadGraph {
  readonly x: Expr;
  readonly w: Expr;
  readonly logits: Expr;
  readonly loss: Expr;
}

/** A head alone, over inputs `x` [N, D], `w` [C, D] and `labels` [N]. */
export function headGraph(name: string, given: Values, dim: number, classes: number): HeadGraph {
  const { head, preset } = findHead(name);
  const x = input('x', 'float32', ['N', dim]);
  const w = input('w', 'float32', [classes, dim]);
  const labels = input('labels', 'int64', ['N']);
  const parts = partsOf(x, w, null, labels);
  const logits = head.logits(parts, { ...preset, ...given });
  return { x, w, logits, loss: crossEntropy(logits, labels, -100, parts) };
}
