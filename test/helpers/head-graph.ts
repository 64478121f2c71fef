import { input } from '#expr/build.js';
import type { Expr } from '#expr/expr.js';
import { findHead } from '#heads/find.js';
import { type LossOptions, lossOf } from '#heads/loss.js';
import type { Values } from '#heads/parameters.js';
import { type Parts, partsOf } from '#heads/parts.js';
import type { Takes } from '#heads/taken.js';

export interface HeadGraph {
  readonly x: Expr;
  readonly w: Expr;
  readonly logits: Expr;
  readonly loss: Expr;
  readonly parts: Parts;
  /** Of each state its new value, by `<name>_next`. */
  readonly next: Readonly<Record<string, Expr>>;
  readonly takes: Takes;
}

/**
 * A head alone, over inputs `x` [N, D], `w` [C·K, D], `labels` [N] and what it takes. Numbers with a default may be left
 * out of the bindings; learned and per-class ones are bound to their names as `[]` and `[1, C]`, noise as `[N]`.
 */
export function headGraph(
  name: string,
  given: Values,
  dim: number,
  classes: number,
  options?: LossOptions,
): HeadGraph {
  const { head, preset } = findHead(name);
  const values = head.parse({ ...preset, ...given });
  const needs = head.needs(values, { classes, dim });
  const x = input('x', 'float32', ['N', dim]);
  const w = input('w', 'float32', [classes * needs.centres, dim]);
  const labels = input('labels', 'int64', ['N']);
  const { parts, next } = partsOf({ x, w, bias: null, labels, ignoreIndex: -100 }, needs);
  const logits = head.logits(parts, values);
  const loss = lossOf(head, values, logits, parts, options);
  return { x, w, logits: logits.all, loss, parts, next, takes: needs.takes };
}
