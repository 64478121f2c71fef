import { less, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import type { Parts } from './parts.ts';

/**
 * Where another class is hard: its cosine lies above the target's with its margin, `margined` `[..., 1]`; bool
 * `[..., C]`. A sample without a target has no hard class, so that its logits are the plain ones.
 */
export function isHard(margined: Expr, { cos, hasTarget }: Parts): Expr {
  // 2 is above every cosine, rounding included.
  return less(where(less(hasTarget, 0.5), 2, margined), cos);
}
