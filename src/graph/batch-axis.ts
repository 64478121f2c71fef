import type { NodeProto } from '../model/proto.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { givenInts } from './constants.ts';
import { axisOf, product } from './dims.ts';
import type { Shapes } from './shapes.ts';
import type { Shape } from './value-info.ts';
import type { GraphView } from './view.ts';

/** Where the samples of a value lie: on one of its axes, for themselves or together with others. */
export interface BatchAxis {
  readonly axis: number;
  /** How many parts of that axis lie around the samples: of `[L·N, D]`, L. */
  readonly outer: number;
}

export interface Flow {
  readonly view: GraphView;
  readonly node: NodeProto;
  readonly shapes: Shapes;
  /** How many samples there are at once, before there are any number. */
  readonly size: number;
}

/** Where samples lie behind an operator, by where they lie in one of its inputs; null: nowhere any more. */
type Rule = (flow: Flow, at: BatchAxis, input: number, output: number) => BatchAxis | null;

const shapeIn = ({ node, shapes }: Flow, input: number): Shape | null =>
  shapes(node.input[input] ?? '').shape;
const moved = (at: BatchAxis, axis: number): BatchAxis => ({ ...at, axis });

/** The same axis, or counted from the back where the ranks differ, as broadcasting does. */
const along: Rule = (flow, at, input, output) => {
  const [before, after] = [shapeIn(flow, input), flow.shapes(flow.node.output[output] ?? '').shape];
  return before === null || after === null ? at : moved(at, at.axis + after.length - before.length);
};

const transpose: Rule = (flow, at) => {
  const rank = shapeIn(flow, 0)?.length ?? at.axis + 1;
  const perm = intsAttribute(flow.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return moved(at, perm.indexOf(at.axis));
};

/** Axes that an operator takes away, of a shape; null where they are computed. */
type Gone = (flow: Flow, shape: Shape) => readonly number[] | null;

const givenAxes =
  (absent: (shape: Shape) => readonly number[]): Gone =>
  ({ view, node }, shape) => {
    const given = givenInts(view, node, 'axes', 1);
    return given === 'computed' ? null : given === 'absent' ? absent(shape) : given;
  };

/** Axes that go move those behind them. */
const withoutAxes =
  (goneOf: Gone, keepdims: number): Rule =>
  (flow, at) => {
    const shape = shapeIn(flow, 0);
    const gone = shape && goneOf(flow, shape)?.map((axis) => axisOf(axis, shape.length));
    if (gone === null || gone === undefined) return at;
    if (gone.includes(at.axis)) return null;
    if (intAttribute(flow.node, 'keepdims', keepdims) === 1) return at;
    return moved(at, at.axis - gone.filter((axis) => axis < at.axis).length);
  };

const squeeze = withoutAxes(
  givenAxes((shape) => [...shape.keys()].filter((axis) => shape[axis] === 1)),
  0,
);
const reduced = withoutAxes(
  givenAxes((shape) => [...shape.keys()]),
  1,
);
const indexed = withoutAxes(({ node }) => [intAttribute(node, 'axis', 0)], 1);

const unsqueeze: Rule = (flow, at) => {
  const shape = shapeIn(flow, 0);
  const given = givenInts(flow.view, flow.node, 'axes', 1);
  if (shape === null || typeof given === 'string') return at;
  const rank = shape.length + given.length;
  const added = new Set(given.map((axis) => axisOf(axis, rank)));
  const kept = Array.from({ length: rank }, (_, i) => i).filter((axis) => !added.has(axis));
  return moved(at, kept[at.axis] ?? at.axis);
};

const gather: Rule = (flow, at, input) => {
  const [data, indices] = [shapeIn(flow, 0), shapeIn(flow, 1)];
  if (data === null || indices === null) return at;
  const axis = axisOf(intAttribute(flow.node, 'axis', 0), data.length);
  if (input === 1) return moved(at, axis + at.axis);
  if (axis === at.axis) return null;
  return axis < at.axis ? moved(at, at.axis + indices.length - 1) : at;
};

/** X is `[T, N, …]`; Y `[T, directions, N, …]`, and the last states `[directions, N, …]`. */
const recurrent: Rule = ({ node }, at, input, output) => {
  if (input !== 0) return null;
  if (intAttribute(node, 'layout', 0) === 1) return at;
  return moved(at, output === 0 ? 2 : 1);
};

const reshape: Rule = (flow, at) => landing(flow, at, flow.shapes(flow.node.output[0] ?? '').shape);

const REDUCTIONS = 'L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare'.split(' ');

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Gather', gather],
  ['Reshape', reshape],
  ['Flatten', reshape],
  ...REDUCTIONS.map((name): [string, Rule] => [`Reduce${name}`, reduced]),
  ['ArgMax', indexed],
  ['ArgMin', indexed],
  ...['LSTM', 'GRU', 'RNN'].map((name): [string, Rule] => [name, recurrent]),
  ['Shape', () => null],
  ['Size', () => null],
]);

/** Where samples lie in an output of a node that has them in one of its inputs; null: nowhere. */
export function flowThrough(flow: Flow, at: BatchAxis, input: number, output: number): BatchAxis | null {
  return (RULES.get(flow.node.opType ?? '') ?? along)(flow, at, input, output);
}

/**
 * Where samples lie in a shape that another is made into. Elements keep their order, so as many lie before the second sample
 * as did. Where that is between two axes both could hold them: an axis of their own size is theirs, and one of the same place where the
 * rank stays; else they stay with what is before them when axes are merged, and go with what is behind when one is split.
 */
export function landing(flow: Flow, at: BatchAxis, made: Shape | null): BatchAxis | null {
  const { axis, outer } = at;
  const from = shapeIn(flow, 0);
  const around = from && product(from.slice(0, axis));
  // Sizes that are not known are computed, most likely from those before.
  if (made === null || typeof around !== 'number' || typeof product(made.slice(0, axis + 1)) !== 'number')
    return axis < (made?.length ?? axis + 1) ? at : null;
  const places = placesIn(made, around * outer, flow.size);
  const own = places.filter((place) => place.outer === 1 && made[place.axis] === flow.size);
  const same = (place: BatchAxis) => place.axis === axis;
  const grows = made.length - (from?.length ?? made.length);
  const kept = grows === 0 ? places.find(same) : undefined;
  return own.find(same) ?? own[0] ?? kept ?? places.at(grows > 0 ? -1 : 0) ?? null;
}

/** The axes of a shape that can hold so many samples, so many elements of what is around them before the second. */
function placesIn(shape: Shape, before: number, size: number): BatchAxis[] {
  const places: BatchAxis[] = [];
  let left = 1;
  for (const [axis, dim] of shape.entries()) {
    if (left > before) break;
    // What is not known reaches as far as it must.
    const right = typeof dim === 'number' ? left * dim : before * size;
    if (before % left === 0 && right % (before * size) === 0) places.push({ axis, outer: before / left });
    left = right;
  }
  return places;
}
