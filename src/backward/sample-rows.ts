import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { givenInts, storedInts } from '../graph/constants.ts';
import { axisOf } from '../graph/dims.ts';
import type { Shapes } from '../graph/shapes.ts';
import { type GraphView, isStandard } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';

/*
 * Which values hold a row a sample along their first axis, so that they can be computed once and put together as batches
 * again. Where that does not follow from the operators it counts as no: then the node before is looked at.
 */

/** A node with what is known of its inputs. */
interface Place {
  readonly view: GraphView;
  readonly node: NodeProto;
  rank(value: string): number | null;
  size(value: string): number | string | null;
  /** Whether a value holds a row a sample. */
  rows(value: string): boolean;
  /** Whether a value depends on numbers that are fed. */
  sampled(value: string): boolean;
}

type Keeps = (place: Place) => boolean;

const first: Keeps = ({ node, rows }) => rows(node.input[0] ?? '');

/**
 * One of what is fed has its samples first and is of full rank. Then the others have them there too: a model gives each
 * sample what it would give it alone, so that nothing of another sample is added to it. So do residuals that come back
 * from layouts in which this cannot be seen.
 */
const aligned: Keeps = (place) => {
  const { node, rank, size, sampled } = place;
  const whole = rank(node.output[0] ?? '');
  const others = node.input.filter((value) => value !== '' && !sampled(value));
  return (
    led(place) &&
    others.every(
      (value) => (rank(value) ?? 0) < (whole ?? 0) || size(value) === 1 || typeof size(value) !== 'number',
    )
  );
};

/** Some input has its samples first, and all the axes of the output. */
const led: Keeps = ({ node, rank, rows }) => {
  const whole = rank(node.output[0] ?? '');
  return whole !== null && node.input.some((value) => rows(value) && rank(value) === whole);
};

const axisKept =
  (absent: number): Keeps =>
  (place) => {
    const rank = place.rank(place.node.input[0] ?? '');
    return rank !== null && axisOf(intAttribute(place.node, 'axis', absent), rank) !== 0;
  };

const axesKept =
  (name: string, input: number): Keeps =>
  ({ view, node, rank }) => {
    const axes = givenInts(view, node, name, input);
    const own = rank(node.input[0] ?? '') ?? 0;
    const whole = own + (node.opType === 'Unsqueeze' ? axes.length : 0);
    return typeof axes !== 'string' && axes.every((axis) => axisOf(axis, whole) !== 0);
  };

const both =
  (...all: readonly Keeps[]): Keeps =>
  (place) =>
    all.every((keeps) => keeps(place));

/** A Reshape keeps samples where the first size stays: by name, by 0, or as the first size of such a value read at run time. */
const reshape: Keeps = ({ view, node, size, rows }) => {
  const [from = '', target = ''] = node.input;
  const [start = null] = storedInts(view, target) ?? [];
  const same = size(from) !== null && size(from) === size(node.output[0] ?? '');
  return start === 0 || same || startsWithRows(view, target, rows);
};

/** Nodes on the way of one size of a shape. */
const CARRIERS: ReadonlySet<string> = new Set([
  'Concat',
  'Unsqueeze',
  'Squeeze',
  'Cast',
  'Identity',
  'Reshape',
]);

/** Whether a shape that is computed begins with the first size of a value that holds a row a sample. */
function startsWithRows(view: GraphView, shape: string, rows: (value: string) => boolean): boolean {
  const node = view.producer(shape);
  if (node === null || !isStandard(node)) return false;
  const [from = '', index = ''] = node.input;
  if (CARRIERS.has(node.opType ?? '')) return startsWithRows(view, from, rows);
  const measured = view.producer(from);
  if (measured?.opType !== 'Shape' || !rows(measured.input[0] ?? '')) return false;
  const places = node.opType === 'Gather' ? storedInts(view, index) : givenInts(view, node, 'starts', 1);
  return (node.opType === 'Gather' || node.opType === 'Slice') && places?.[0] === 0;
}

function each(names: string, keeps: Keeps): [string, Keeps][] {
  return names.split(' ').map((name) => [name, keeps]);
}

const KEEPS: ReadonlyMap<string, Keeps> = new Map([
  ...each(
    'Relu LeakyRelu Elu Selu Celu Gelu Mish Tanh Sigmoid HardSigmoid HardSwish Softplus Softsign',
    first,
  ),
  ...each(
    'Abs Neg Sqrt Reciprocal Exp Log Erf Floor Ceil Round Sign Cos Sin Clip Identity Not Cast Dropout',
    first,
  ),
  ...each('Conv MaxPool AveragePool GlobalAveragePool GlobalMaxPool LRN', first),
  ...each('BatchNormalization InstanceNormalization GroupNormalization', first),
  ...each('LayerNormalization LogSoftmax Softmax LpNormalization', both(first, axisKept(-1))),
  ...each('Add Sub Mul Div Pow Max Min Mean Sum Where PRelu Equal Less Greater And Or', aligned),
  ...each('ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2', both(first, axesKept('axes', 1))),
  ...each('Squeeze Unsqueeze', both(first, axesKept('axes', 1))),
  ...each('Split', both(first, axisKept(0))),
  ['Concat', both(led, axisKept(1))],
  ['Flatten', both(first, axisKept(1))],
  ['Slice', both(first, axesKept('axes', 3))],
  ['Reshape', both(first, reshape)],
  ['Transpose', both(first, ({ node }) => intsAttribute(node, 'perm')?.[0] === 0)],
  ['Gemm', both(first, ({ node }) => intAttribute(node, 'transA', 0) === 0)],
  [
    'MatMul',
    both(first, ({ node: { input }, rank, rows, sampled }) => {
      const [a = null, b = null] = [rank(input[0] ?? ''), rank(input[1] ?? '')];
      if (a === null || b === null || a < 2) return false;
      return sampled(input[1] ?? '') ? rows(input[1] ?? '') && a === b && a > 2 : b <= 2;
    }),
  ],
  [
    'Gather',
    ({ node, rows, sampled, rank }) => {
      const [table = '', places = ''] = node.input;
      const axis = intAttribute(node, 'axis', 0);
      // A table that is looked up in by what is fed, or slices of each sample.
      if (axis === 0 && !sampled(table)) return rows(places);
      return rows(table) && !sampled(places) && axisOf(axis, rank(table) ?? 0) !== 0;
    },
  ],
]);

/** The values that hold a row a sample: inputs do, and what operators make of them as far as it follows. */
export function sampleRows(
  view: GraphView,
  shapes: Shapes,
  sampled: ReadonlySet<NodeProto>,
): ReadonlySet<string> {
  const found = new Set(view.inputs.map(({ name = '' }) => name));
  const inputs = new Set(found);
  const rows = (value: string) => found.has(value);
  const depends = (value: string) => {
    const maker = view.producer(value);
    return maker === null ? inputs.has(value) : sampled.has(maker);
  };
  const rank = (value: string) => shapes(value).shape?.length ?? null;
  const size = (value: string) => shapes(value).shape?.[0] ?? null;
  for (const node of view.nodes) {
    const keeps = isStandard(node) ? KEEPS.get(node.opType ?? '') : undefined;
    if (!sampled.has(node) || keeps?.({ view, node, rank, size, rows, sampled: depends }) !== true) continue;
    for (const value of node.output) if (value !== '') found.add(value);
  }
  return found;
}
