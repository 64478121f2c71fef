import type { Shape } from '../graph/value-info.ts';
import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Words } from './words.ts';

/** A node whose gradient is to be written. Adjoints have the whole shape of their values. */
export interface Site extends Words {
  readonly view: GraphView;
  readonly node: NodeProto;
  /** The value that goes in; '' where it is left out. */
  input(index: number): string;
  output(index?: number): string;
  /** What flows to an output: d loss / d output. An output that nothing flows to gets zeros. */
  up(output?: number): string;
  /** What is known of a value's shape; ends the rule where that is not even the rank. */
  shape(value: string): Shape;
  /** The integers that a value holds, stored or put together from sizes that are known; else null. */
  held(value: string): readonly number[] | null;
  /** Whether an input needs its gradient; what others get is not looked at. */
  wants(index: number): boolean;
  /** `a`, whose sizes along some axes are 1, stretched there to the shape of `like`. */
  spread(a: string, like: string, axes: readonly number[]): string;
  /** `a` summed over what broadcasting had stretched, so that it has the shape of `like`. */
  fitted(a: string, like: string): string;
  /** Ends the rule: `reason` goes on from the node's name ("MaxPool #3 rounds up …"). */
  refuse(reason: string): never;
}

/** What flows to each input, given what flows to the outputs; null where nothing does. Inputs not wanted may get either. */
export type Rule = (site: Site) => readonly (string | null)[];

/** An operator that gradients pass. */
export interface Operator {
  readonly gradient: Rule;
  /** The formula, for the documentation. */
  readonly formula: string;
  /** What is refused, for the documentation; '' where nothing is. */
  readonly except: string;
  /** The inputs that hold what a layer learns, of any shape. */
  readonly weights: readonly number[];
  /** Inputs that may: a stored vector there (one axis longer than 1) is a bias or a scale, other shapes are constants. */
  readonly vectors: readonly number[];
  /** It is a layer to count: `--train-last 1` begins at the last of these that has stored weights. */
  readonly layer: boolean;
}

/** An operator by its gradient and formula. */
export function operator(
  formula: string,
  gradient: Rule,
  more: Partial<Omit<Operator, 'formula' | 'gradient'>> = {},
): Operator {
  return { formula, gradient, except: '', weights: [], vectors: [], layer: false, ...more };
}

/** An operator of one input that is applied to each element. */
export function elementwise(
  formula: string,
  slope: (site: Site, x: string, y: string) => string,
  except = '',
): Operator {
  return operator(formula, (s) => [s.mul(s.up(), slope(s, s.input(0), s.output()))], { except });
}
