import {
  and,
  cast,
  constant,
  div,
  equal,
  less,
  matmul,
  max,
  mul,
  named,
  put,
  reduceL2,
  reduceMax,
  reduceSum,
  reshape,
  stopGradient,
  take,
  transpose,
  unsqueeze,
  where,
} from '../expr/build.ts';
import type { Column, DType, Expr } from '../expr/expr.ts';
import { normalise, rowLengths } from './normalise.ts';
import { type Takes, takenInput } from './taken.ts';

/**
 * What the logits of inference may be made of. Everything is an expression, and what a head does not use never reaches
 * a graph. `...` stands for the batch: `N`, or `N, T` where each token is classified.
 */
export interface PlainParts {
  readonly classes: number;
  readonly dim: number;
  /** ‖x‖, `[..., 1]`. */
  readonly xNorm: Expr;
  /** ‖w_j‖, `[1, C]`; only for heads of one centre a class. */
  readonly wNorm: Expr;
  /** x̂, `[..., D]`. */
  readonly unit: Expr;
  /** cos θ_j = x̂·ŵ_j, `[..., C]`; of several centres the nearest. */
  readonly cos: Expr;
  /** w_j·x, `[..., C]`; only for heads of one centre a class. */
  readonly dot: Expr;
  /** The bias of the layer that was there, `[C]`; null where it had none or the head keeps none. */
  readonly bias: Expr | null;
  /** What the head takes besides, by its name: a scalar, `[1, C]` or `[..., 1]`; a state as it is after its update. */
  readonly take: (name: string) => Expr;
}

/** What the logits of training may be made of: all that inference has, and the labels. */
export interface Parts extends PlainParts {
  /** Where the column is the label's: bool `[..., C]`. All false for a label outside `[0, C)`. */
  readonly isTarget: Expr;
  /** cos θ_y, `[..., 1]`. */
  readonly cosTarget: Expr;
  /** The label's column of `[..., C]` or `[1, C]`, as `[..., 1]`; 0 for a label outside `[0, C)`. */
  readonly ofTarget: (columns: Expr) => Expr;
  /** `[..., C]` with another value in the label's column, `[..., 1]`; as it is for a label outside `[0, C)`. */
  readonly withTarget: (columns: Expr, value: Expr) => Expr;
  /** 1 where the label is in `[0, C)`, else 0, `[..., 1]`. */
  readonly hasTarget: Expr;
  /** Where the label is the one that is ignored: bool `[..., 1]`. */
  readonly ignored: Expr;
  /** 1 where a sample has a target and counts, else 0, `[..., 1]`. */
  readonly counts: Expr;
  /** The sum of `[..., 1]` over the samples that count, a scalar. */
  readonly sumCounted: (x: Expr) => Expr;
  /** How many samples count, a scalar. */
  readonly counted: Expr;
  /** The same, but at least 1: what sums are divided by. */
  readonly countedAtLeastOne: Expr;
}

/** What a head asks of the parts it is made of. */
export interface Needs {
  readonly centres: number;
  readonly takes: Takes;
}

export interface TrainingInputs {
  /** x, `[..., D]`. */
  readonly x: Expr;
  /** `[C·K, D]`, row c·K + k being centre k of class c. */
  readonly w: Expr;
  /** `[C]`. */
  readonly bias: Expr | null;
  /** `[...]`, int32 or int64. */
  readonly labels: Expr;
  readonly ignoreIndex: number;
  /** What stands for numbers that the head takes, by name, where the caller differentiates by them: an expression is itself. */
  readonly taken?: Readonly<Record<string, Expr>>;
}

export interface TrainingParts {
  readonly parts: Parts;
  /** Of each state its new value, by the name of its output. */
  readonly next: Readonly<Record<string, Expr>>;
}

/** The parts of training. */
export function partsOf(inputs: TrainingInputs, { centres, takes }: Needs): TrainingParts {
  const { x, w, bias, labels, ignoreIndex } = inputs;
  const classes = Number(w.shape[0]) / centres;
  const embedding = normalise('embedding', x);
  // A reshape and not a transpose, which ONNX Runtime would move through what comes before.
  const wNorm = reshape(named('weight_norm', reduceL2(w, [-1])), [1, Number(w.shape[0])]);
  const cosines = div(matmul(embedding.unit, transpose(w)), rowLengths(wNorm));
  const cos = named('cos', nearest(cosines, classes, centres));
  const column = unsqueeze(labels, -1);
  // A row of class numbers compared with a column of labels: the one way to a mask that runs on every provider and
  // leaves a bad label without a target instead of reading elsewhere.
  const isTarget = named('is_target', equal(column, classRow(classes, labels.dtype)));
  // Labels are far below 2²⁴, where float32 stops to hold every integer.
  const number = cast(column, 'float32');
  const inside = and(less(-0.5, number), less(number, classes - 0.5));
  const hasTarget = named('has_target', where(inside, 1, 0));
  // A label that is no class stands for column 0 here, and every use asks `inside` besides.
  const target: Column = { index: named('target', cast(where(inside, number, 0), 'int32')), mask: isTarget };
  const ofTarget = (columns: Expr) =>
    columns.shape.join() === isTarget.shape.join()
      ? where(inside, take(columns, target), 0)
      : reduceSum(where(isTarget, columns, 0), [-1]);
  const withTarget = (columns: Expr, value: Expr) =>
    put(columns, target, where(inside, value, take(columns, target)));
  const ignored = named('ignored', equal(column, constant(ignoreIndex, labels.dtype)));
  const counts = named('counts', where(ignored, 0, hasTarget));
  const sumCounted = (each: Expr) => reduceSum(where(less(counts, 0.5), 0, each), undefined, false);
  const counted = reduceSum(counts, undefined, false);
  const taken = new Map<string, Expr>();
  const parts: Parts = {
    classes,
    dim: Number(w.shape[1]),
    unit: embedding.unit,
    xNorm: embedding.norm,
    wNorm,
    cos,
    get dot() {
      return named('dot', matmul(x, transpose(w)));
    },
    bias,
    isTarget,
    cosTarget: named('cos_target', ofTarget(cos)),
    ofTarget,
    withTarget,
    hasTarget,
    ignored,
    counts,
    sumCounted,
    counted,
    countedAtLeastOne: named('counted', max(counted, 1)),
    take: takerOf(taken),
  };
  const next: Record<string, Expr> = {};
  for (const [name, each] of Object.entries(takes)) {
    const given = inputs.taken?.[name] ?? takenInput(name, each, labels.shape);
    if (each.kind === 'noise') taken.set(name, unsqueeze(given, -1));
    else if (each.kind !== 'state') taken.set(name, given);
    else {
      const updated = named(`${name}_updated`, stopGradient(each.next(parts, given)));
      taken.set(name, updated);
      next[`${name}_next`] = updated;
    }
  }
  return { parts, next };
}

function takerOf(taken: ReadonlyMap<string, Expr>): (name: string) => Expr {
  return (name) => {
    const found = taken.get(name);
    if (found === undefined) throw new Error(`the head takes no "${name}"`);
    return found;
  };
}

/** The largest cosine of each class, `[..., C·K] → [..., C]`. */
function nearest(cosines: Expr, classes: number, centres: number): Expr {
  if (centres === 1) return cosines;
  return reduceMax(reshape(cosines, [...cosines.shape.slice(0, -1), classes, centres]), [-1], false);
}

function classRow(classes: number, dtype: DType): Expr {
  const data = Float64Array.from({ length: classes }, (_, j) => j);
  return named('classes', constant({ shape: [1, classes], data }, dtype));
}

export interface PlainInputs {
  /** x, `[..., D]`. */
  readonly x: Expr;
  /** Ŵ transposed, `[D, C·K]`. */
  readonly unitColumns: Expr;
  /** ‖w_j‖, `[1, C·K]`. */
  readonly wNorm: Expr;
  /** `[C]`. */
  readonly bias: Expr | null;
}

/** The parts of inference. What a training loop changes is as it is at the start. */
export function plainPartsOf(inputs: PlainInputs, { centres, takes }: Needs): PlainParts {
  const { x, unitColumns, wNorm, bias } = inputs;
  const classes = Number(unitColumns.shape[1]) / centres;
  const { unit, norm: xNorm } = normalise('embedding', x);
  const cos = named('cos', nearest(matmul(unit, unitColumns), classes, centres));
  const starts = Object.entries(takes).flatMap(([name, each]): (readonly [string, Expr])[] => {
    if (each.kind === 'noise') return [];
    if (each.kind !== 'perClass') return [[name, constant(each.initial)]];
    return [[name, constant({ shape: [1, classes], data: Float64Array.from(each.values) })]];
  });
  return {
    classes,
    dim: Number(unitColumns.shape[0]),
    unit,
    xNorm,
    wNorm,
    cos,
    // Made when it is asked for: with several centres a class there is none.
    get dot() {
      return named('dot', mul(mul(xNorm, wNorm), cos));
    },
    bias,
    take: takerOf(new Map(starts)),
  };
}
