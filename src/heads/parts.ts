import {
  constant,
  equal,
  matmul,
  mul,
  named,
  reduceSum,
  transpose,
  unsqueeze,
  where,
} from '../expr/build.ts';
import type { DType, Expr } from '../expr/expr.ts';
import { normalise } from './normalise.ts';

/**
 * What the logits of inference may be made of. Everything is an expression, and what a head does not use never reaches
 * a graph. `...` stands for the batch: `N`, or `N, T` where each token is classified.
 */
export interface PlainParts {
  /** ‖x‖, `[..., 1]`. */
  readonly xNorm: Expr;
  /** ‖w_j‖, `[1, C]`. */
  readonly wNorm: Expr;
  /** x̂, `[..., D]`. */
  readonly unit: Expr;
  /** cos θ_j = x̂·ŵ_j, `[..., C]`. */
  readonly cos: Expr;
  /** w_j·x, `[..., C]`. */
  readonly dot: Expr;
  /** The bias of the layer that was there, `[C]`; null where it had none or the head keeps none. */
  readonly bias: Expr | null;
}

/** What the logits of training may be made of: all that inference has, and the labels. */
export interface Parts extends PlainParts {
  /** Where the column is the label's: bool `[..., C]`. All false for a label outside `[0, C)`. */
  readonly isTarget: Expr;
  /** cos θ_y, `[..., 1]`. */
  readonly cosTarget: Expr;
  /** The label's column of `[..., C]` or `[1, C]`, as `[..., 1]`; 0 for a label outside `[0, C)`. */
  readonly ofTarget: (columns: Expr) => Expr;
}

/** The parts of training from x `[..., D]`, w `[C, D]`, a bias `[C]` or null, and labels `[...]` of int32 or int64. */
export function partsOf(x: Expr, w: Expr, bias: Expr | null, labels: Expr): Parts {
  const embedding = normalise('embedding', x);
  const weight = normalise('weight', w);
  const cos = named('cos', matmul(embedding.unit, transpose(weight.unit)));
  // A row of class numbers compared with a column of labels: the one way to a mask that runs on every provider and
  // leaves a bad label without a target instead of reading elsewhere.
  const isTarget = named(
    'is_target',
    equal(unsqueeze(labels, -1), classRow(Number(w.shape[0]), labels.dtype)),
  );
  const ofTarget = (columns: Expr) => reduceSum(where(isTarget, columns, 0), [-1]);
  return {
    unit: embedding.unit,
    xNorm: embedding.norm,
    wNorm: transpose(weight.norm),
    cos,
    dot: named('dot', matmul(x, transpose(w))),
    bias,
    isTarget,
    cosTarget: named('cos_target', ofTarget(cos)),
    ofTarget,
  };
}

function classRow(classes: number, dtype: DType): Expr {
  const data = Float64Array.from({ length: classes }, (_, j) => j);
  return named('classes', constant({ shape: [1, classes], data }, dtype));
}

/** The parts of inference from x `[..., D]`, Ŵ transposed `[D, C]`, ‖w_j‖ `[1, C]` and a bias `[C]` or null. */
export function plainPartsOf(x: Expr, unitColumns: Expr, wNorm: Expr, bias: Expr | null): PlainParts {
  const { unit, norm: xNorm } = normalise('embedding', x);
  const cos = named('cos', matmul(unit, unitColumns));
  return { unit, xNorm, wNorm, cos, dot: named('dot', mul(mul(xNorm, wNorm), cos)), bias };
}
