import { printShape } from '../graph/print-values.ts';
import type { Element } from '../model/elements.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Constant } from './constant.ts';
import type { Cursor } from './cursor.ts';

/** The last linear layer as a form finds it. */
export interface Linear {
  readonly node: NodeProto;
  readonly depth: number;
  /** The value that goes in, and its rank. */
  readonly embedding: string;
  readonly rank: number;
  /** The value that holds the class scores, bias included, with the classes along `axis`. */
  readonly logits: string;
  readonly axis: number;
  /** The embedding is `[N, D, 1, 1]` or `[N, D, 1]`. */
  readonly spatial: boolean;
  readonly weight: Constant;
  readonly element: Element;
  readonly layout: 'CD' | 'DC';
  readonly classes: number;
  readonly dim: number;
  /** logits = alpha · E·W + beta · b */
  readonly alpha: number;
  readonly beta: number;
  readonly bias: Constant | null;
}

const FLOATS: ReadonlySet<string> = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** The weight at an input: a constant float matrix of two or more classes; a convolution's has 1s behind (`rank` > 2). */
export function weightAt(at: Cursor, index: number, layout: 'CD' | 'DC', rank = 2) {
  const weight = at.constant(index, 'W');
  const [rows = 0, columns = 0, ...rest] = weight.shape;
  if (weight.shape.length !== rank || rest.some((dim) => dim !== 1)) {
    at.refuse(`has W of shape ${printShape(weight.shape)}, no matrix`);
  }
  const { element } = weight;
  if (element === null || !FLOATS.has(element))
    return at.refuse(`has W of type ${element ?? 'unknown'}, no float`);
  const [classes, dim] = layout === 'CD' ? [rows, columns] : [columns, rows];
  if (classes < 2) at.refuse('gives one logit; a margin softmax is defined from two classes on');
  if (dim < 1) at.refuse(`has an empty W ${printShape(weight.shape)}`);
  return { weight, element, layout, classes, dim };
}

/** A bias that is the same for every sample: one number a class (or one for all), along the last axis. */
export function biasAt(at: Cursor, index: number, classes: number): Constant {
  const bias = at.constant(index, 'bias');
  const size = bias.shape.reduce((product, dim) => product * dim, 1);
  const last = bias.shape.at(-1) ?? 1;
  if (size !== last || (size !== classes && size !== 1)) {
    at.refuse(`adds a constant of shape ${printShape(bias.shape)}, which is no bias of ${classes} classes`);
  }
  return bias;
}
