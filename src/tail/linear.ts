import { printShape } from '../graph/print-values.ts';
import type { Element } from '../model/elements.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Constant } from './constant.ts';
import type { Cursor } from './cursor.ts';
import type { Bias } from './tail.ts';

/** One number for each class, in order. */
export type PerClass = ArrayLike<number>;

/** The last linear layer as a form finds it, with what is done to its scores before they are used. */
export interface Linear {
  readonly node: NodeProto;
  readonly depth: number;
  /** The value that goes in, and its rank. */
  readonly embedding: string;
  readonly rank: number;
  /** The value that holds the class scores, bias included, with the classes along `axis`. */
  readonly logits: string;
  readonly axis: number;
  /** The embedding is `[N, D, 1, 1]`, `[N, D, 1]` or a map `[N, …]` of D numbers, and must be flattened. */
  readonly spatial: boolean;
  readonly weight: Constant;
  readonly element: Element;
  readonly layout: 'CD' | 'DC';
  readonly classes: number;
  readonly dim: number;
  /** logits = gain · E·W + bias. Null: all gains are 1. Reads the file. */
  readonly gain: (() => PerClass) | null;
  readonly bias: Bias | null;
}

const FLOATS: ReadonlySet<string> = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** The weight at an input: a constant float matrix of two or more classes; a convolution's has 1s behind (`rank` > 2). */
export function weightAt(at: Cursor, index: number, layout: 'CD' | 'DC', rank = 2) {
  const weight = at.constant(index, 'W');
  const [rows = 0, columns = 0, ...rest] = weight.shape;
  if (weight.shape.length !== rank || (rank === 2 && rest.length > 0)) {
    at.refuse(`has W of shape ${printShape(weight.shape)}, no matrix`);
  }
  const { element } = weight;
  if (element === null || !FLOATS.has(element))
    return at.refuse(`has W of type ${element ?? 'unknown'}, no float`);
  const inner = rest.reduce((product, dim) => product * dim, columns);
  const [classes, dim] = layout === 'CD' ? [rows, inner] : [columns, rows];
  if (classes < 2) at.refuse('gives one logit; a margin softmax is defined from two classes on');
  if (dim < 1) at.refuse(`has an empty W ${printShape(weight.shape)}`);
  return { weight, element, layout, classes, dim };
}

/** A bias that is the same for every sample: one number a class (or one for all), along the axis of the classes. */
export function biasAt(at: Cursor, index: number, classes: number, behind = 0): Bias {
  const bias = at.constant(index, 'bias');
  perClass(at, bias, classes, behind, 'bias');
  return { value: bias.value, rows: () => spread(bias.floats(), classes) };
}

/**
 * Refuses a constant that is not one number a class, or one for all. `behind` counts the axes behind that of the classes;
 * `what` names it in the reason ("bias").
 */
export function perClass(at: Cursor, { shape }: Constant, classes: number, behind: number, what: string) {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const along = shape.at(-1 - behind) ?? 1;
  const verb = what === 'bias' ? 'adds' : 'multiplies by';
  if (size !== along || (size !== classes && size !== 1)) {
    at.refuse(`${verb} a constant of shape ${printShape(shape)}, which is no ${what} of ${classes} classes`);
  }
}

/** A number for each class; one for all is repeated. */
export function spread(numbers: PerClass, classes: number): Float32Array {
  return Float32Array.from({ length: classes }, (_, j) => numbers[numbers.length === 1 ? 0 : j] ?? 0);
}

/** A layer whose scores are multiplied, each class by its number; they are then in `logits`. */
export function scaled(linear: Linear, by: () => PerClass, logits: string): Linear {
  const { gain, bias, classes } = linear;
  const times = (numbers: () => PerClass) => () => {
    const [own, factors] = [numbers(), spread(by(), classes)];
    return factors.map((factor, j) => factor * (own[j] ?? 0));
  };
  return {
    ...linear,
    logits,
    gain: gain === null ? () => spread(by(), classes) : times(gain),
    bias: bias && { value: bias.value, rows: times(bias.rows) },
  };
}

/** A layer to whose scores something is added, each class its number; they are then in `logits`. */
export function shifted(linear: Linear, { value, rows }: Bias, logits: string): Linear {
  const { bias } = linear;
  if (bias === null) return { ...linear, logits, bias: { value, rows } };
  const sum = () => {
    const [own, more] = [bias.rows(), rows()];
    return own.map((b, j) => b + (more[j] ?? 0));
  };
  return { ...linear, logits, bias: { value, rows: sum } };
}
