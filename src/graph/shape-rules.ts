import type { AttributeProto, NodeProto } from '../model/proto.ts';
import { attribute, intAttribute, intsAttribute, tensorAttribute } from './attributes.ts';
import { givenInts, storedInts } from './constants.ts';
import { axisOf, broadcast, ofLength, ofRank, product, reshaped } from './dims.ts';
import { sliced } from './slice.ts';
import type { Dim, Shape, ValueFacts } from './value-info.ts';
import { elementOf, sparseFacts, tensorFacts, UNKNOWN } from './value-info.ts';
import type { GraphView } from './view.ts';
import { slid } from './windows.ts';

/** A node with what is known of its inputs. */
export interface Site {
  readonly view: GraphView;
  readonly node: NodeProto;
  input(index: number): ValueFacts;
  /** What an input holds where it is a list of sizes; null where that is not known. */
  held(index: number): readonly Dim[] | null;
}

/** What follows for one output of a node. */
export type ShapeRule = (site: Site, output: number) => ValueFacts;

const FLOAT = 1;

/** A rule about the shape alone: the element type is that of the first input. */
function shaped(shape: (site: Site, from: Shape) => Shape | null): ShapeRule {
  return (site) => {
    const { element, shape: from } = site.input(0);
    return { element, shape: from && shape(site, from) };
  };
}

const same: ShapeRule = ({ input }) => input(0);

const spread: ShapeRule = ({ node, input }) => ({
  element: input(0).element,
  shape: broadcast(node.input.map((_, index) => input(index).shape)),
});

const compared: ShapeRule = (site, output) => ({ ...spread(site, output), element: 'bool' });

const sameRank = shaped((_, from) => ofRank(from.length));

const gemm: ShapeRule = ({ node, input }) => {
  const side = (index: number, transposed: number, axis: number): Dim =>
    input(index).shape?.[transposed ? 1 - axis : axis] ?? null;
  const rows = side(0, intAttribute(node, 'transA', 0), 0);
  return { element: input(0).element, shape: [rows, side(1, intAttribute(node, 'transB', 0), 1)] };
};

const matmul = shaped(({ input }, a) => {
  const b = input(1).shape;
  if (b === null) return null;
  const outer = broadcast([a.slice(0, -2), b.slice(0, -2)]) ?? [];
  return [...outer, ...a.slice(-2, -1), ...(b.length > 1 ? b.slice(-1) : [])];
});

const conv = shaped(({ node, input }, [batch = null, , ...spatial]) => {
  const kernel = input(1).shape;
  return [batch, kernel?.[0] ?? null, ...slid(node, spatial, kernel?.slice(2) ?? null)];
});

const pool = shaped(({ node }, [batch = null, channels = null, ...spatial]) => [
  batch,
  channels,
  ...slid(node, spatial, null),
]);

const globalPool = shaped((_, from) => from.map((dim, axis) => (axis < 2 ? dim : 1)));

const flatten = shaped(({ node }, from) => {
  const axis = axisOf(intAttribute(node, 'axis', 1), from.length);
  return [product(from.slice(0, axis)), product(from.slice(axis))];
});

const reshape: ShapeRule = ({ node, input, held }) => {
  const { element, shape } = input(0);
  const target = intsAttribute(node, 'shape') ?? held(1);
  if (target) return { element, shape: reshaped(shape, target, intAttribute(node, 'allowzero', 0) === 1) };
  return { element, shape: ofLength(input(1).shape?.[0] ?? null) };
};

/** Shapes that another tensor names: of a known rank where that is of a known length. */
const named =
  (index: number): ShapeRule =>
  ({ input, held }) => {
    const [length = null] = input(index).shape ?? [];
    const sizes = held(index);
    return { element: input(0).element, shape: sizes ?? ofLength(length) };
  };

const expand: ShapeRule = (site, output) => {
  const { element, shape } = site.input(0);
  return { element, shape: broadcast([shape, named(1)(site, output).shape]) };
};

const constantOfShape: ShapeRule = (site, output) => ({
  element: elementOf(attribute(site.node, 'value')?.t?.dataType ?? FLOAT),
  shape: named(0)(site, output).shape,
});

const transpose = shaped(({ node }, from) => {
  const perm = intsAttribute(node, 'perm') ?? from.map((_, axis) => from.length - 1 - axis);
  return perm.map((axis) => from[axis] ?? null);
});

const squeeze = shaped(({ view, node }, from) => {
  const axes = givenInts(view, node, 'axes', 1);
  if (axes === 'computed') return null;
  if (axes === 'absent')
    return from.every((dim) => typeof dim === 'number') ? from.filter((dim) => dim !== 1) : null;
  const dropped = new Set(axes.map((axis) => axisOf(axis, from.length)));
  return from.filter((_, axis) => !dropped.has(axis));
});

const unsqueeze = shaped(({ view, node }, from) => {
  const axes = givenInts(view, node, 'axes', 1);
  if (typeof axes === 'string') return null;
  const rank = from.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  const rest = from.values();
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.next().value ?? null)));
});

const gather = shaped(({ node, input }, from) => {
  const indices = input(1).shape;
  const axis = axisOf(intAttribute(node, 'axis', 0), from.length);
  return indices && [...from.slice(0, axis), ...indices, ...from.slice(axis + 1)];
});

/** The depth is a new axis; the element type is that of the two values. */
const oneHot: ShapeRule = ({ view, node, input }) => {
  const from = input(0).shape;
  const [depth = null] = storedInts(view, node.input[1] ?? '') ?? [];
  const axis = from && axisOf(intAttribute(node, 'axis', -1), from.length + 1);
  return { element: input(2).element, shape: from && axis !== null ? from.toSpliced(axis, 0, depth) : null };
};

const reduce = shaped(({ view, node }, from) => {
  const axes = givenInts(view, node, 'axes', 1);
  const keep = intAttribute(node, 'keepdims', 1) === 1;
  if (axes === 'computed') return keep ? ofRank(from.length) : null;
  if (axes === 'absent' && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return from;
  const gone = new Set(axes === 'absent' ? from.keys() : axes.map((axis) => axisOf(axis, from.length)));
  return keep
    ? from.map((dim, axis) => (gone.has(axis) ? 1 : dim))
    : from.filter((_, axis) => !gone.has(axis));
});

const argExtremum: ShapeRule = ({ node, input }) => {
  const from = input(0).shape;
  const gone = from && axisOf(intAttribute(node, 'axis', 0), from.length);
  const kept = intAttribute(node, 'keepdims', 1) === 1 ? [1] : [];
  return { element: 'int64', shape: from?.flatMap((dim, axis) => (axis === gone ? kept : [dim])) ?? null };
};

/** Rank stays, the dimension at `axis` is not known. */
const alongAxis = (absent: number): ShapeRule =>
  shaped(({ node }, from) => {
    const axis = axisOf(intAttribute(node, 'axis', absent), from.length);
    return from.map((dim, each) => (each === axis ? null : dim));
  });

/** The sizes that are given, else equal ones; the last takes what is left. */
const split: ShapeRule = ({ view, node, input }, output) => {
  const { element, shape } = input(0);
  const axis = shape && axisOf(intAttribute(node, 'axis', 0), shape.length);
  const given = givenInts(view, node, 'split', 1);
  const whole = shape?.[axis ?? 0];
  const share = typeof whole === 'number' ? Math.ceil(whole / node.output.length) : null;
  const left = share === null ? null : Math.min(share, Number(whole) - output * share);
  const size = given === 'absent' ? left : given === 'computed' ? null : (given[output] ?? null);
  return { element, shape: shape?.map((dim, each) => (each === axis ? size : dim)) ?? null };
};

const topK: ShapeRule = (site, output) => {
  const values = alongAxis(-1)(site, 0);
  return output === 0 ? values : { ...values, element: 'int64' };
};

const concat = shaped(({ node, input }, from) => {
  const axis = axisOf(intAttribute(node, 'axis', 1), from.length);
  const sizes = node.input.map((_, index) => input(index).shape?.[axis]);
  const total = sizes.reduce<Dim>(
    (sum, dim) => (sum !== null && typeof dim === 'number' ? Number(sum) + dim : null),
    0,
  );
  return from.map((dim, each) => (each === axis ? total : dim));
});

const cast: ShapeRule = ({ node, input }) => ({
  element: elementOf(intAttribute(node, 'to', 0)),
  shape: input(0).shape,
});

const dequantize: ShapeRule = ({ input }) => ({ element: input(1).element, shape: input(0).shape });

const quantize: ShapeRule = ({ node, input }) => {
  const told = intAttribute(node, 'output_dtype', 0);
  const element = node.input[2] ? input(2).element : told === 0 ? 'uint8' : elementOf(told);
  return { element, shape: input(0).shape };
};

/** LSTM, GRU, RNN: Y is [T, directions, N, H] (with layout 1 [N, T, directions, H]), the last states lack T. */
const recurrent: ShapeRule = ({ node, input }, output) => {
  const { element, shape } = input(0);
  const hidden = attribute(node, 'hidden_size') ? intAttribute(node, 'hidden_size', 0) : null;
  const directions = input(1).shape?.[0] ?? null;
  const batchFirst = intAttribute(node, 'layout', 0) === 1;
  const [first = null, second = null] = shape ?? [];
  const [time, batch] = batchFirst ? [second, first] : [first, second];
  if (output > 0)
    return { element, shape: batchFirst ? [batch, directions, hidden] : [directions, batch, hidden] };
  return {
    element,
    shape: batchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden],
  };
};

/** The ways in which Constant holds its value, apart from `value`, by the attribute's name. */
const CONSTANTS: Readonly<Record<string, (attribute: AttributeProto) => ValueFacts>> = {
  value_float: () => ({ element: 'float32', shape: [] }),
  value_floats: ({ floats }) => ({ element: 'float32', shape: [floats.length] }),
  value_int: () => ({ element: 'int64', shape: [] }),
  value_ints: ({ ints }) => ({ element: 'int64', shape: [ints.length] }),
  value_string: () => ({ element: 'string', shape: [] }),
  value_strings: ({ strings }) => ({ element: 'string', shape: [strings.length] }),
  sparse_value: ({ sparseTensor }) => (sparseTensor ? sparseFacts(sparseTensor) : UNKNOWN),
};

const constant: ShapeRule = ({ node }) => {
  const tensor = tensorAttribute(node, 'value');
  if (tensor) return tensorFacts(tensor);
  const held = node.attribute.find(({ name = '' }) => Object.hasOwn(CONSTANTS, name));
  return (held && CONSTANTS[held.name ?? '']?.(held)) ?? UNKNOWN;
};

/** The sizes from axis `start` up to `end`, both clamped (opset 15). */
const shapeOf: ShapeRule = ({ node, input }) => {
  const { shape } = input(0);
  const [start, end] = [intAttribute(node, 'start', 0), intAttribute(node, 'end', shape?.length ?? 0)];
  return { element: 'int64', shape: [shape?.slice(start, end).length ?? null] };
};

const where: ShapeRule = ({ input }) => ({
  element: input(1).element,
  shape: broadcast([input(0).shape, input(1).shape, input(2).shape]),
});

/** Dropout: the output as the input, and a mask of its shape. */
const dropout: ShapeRule = (site, output) =>
  output === 0 ? site.input(0) : { element: 'bool', shape: site.input(0).shape };

function each(names: string, rule: ShapeRule): [string, ShapeRule][] {
  return names.split(' ').map((name) => [name, rule]);
}

/** By operator of the standard domain. What is not here has no rule, and the file's word is taken. */
export const SHAPE_RULES: ReadonlyMap<string, ShapeRule> = new Map([
  ...each(
    'Relu LeakyRelu PRelu Elu Selu Celu Gelu Mish Tanh Sigmoid HardSigmoid HardSwish Softplus Softsign',
    same,
  ),
  ...each('Abs Neg Sqrt Reciprocal Exp Log Erf Floor Ceil Round Sign Clip Identity Not Cos Sin CumSum', same),
  ...each('Softmax LogSoftmax Hardmax LpNormalization BatchNormalization InstanceNormalization', same),
  ...each('LayerNormalization GroupNormalization RMSNormalization LRN MeanVarianceNormalization', same),
  ...each('Dropout', dropout),
  ...each('Add Sub Mul Div Pow Max Min Mean Sum Mod', spread),
  ...each('Equal Less Greater LessOrEqual GreaterOrEqual And Or Xor', compared),
  ...each('ReduceMean ReduceSum ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceProd ReduceLogSumExp', reduce),
  ...each('ReduceSumSquare ReduceLogSum', reduce),
  ...each('ArgMax ArgMin', argExtremum),
  ...each('Conv', conv),
  ...each('MaxPool AveragePool LpPool', pool),
  ...each('GlobalAveragePool GlobalMaxPool GlobalLpPool', globalPool),
  ...each('Pad Resize Upsample Tile ConvTranspose', sameRank),
  ...each('LSTM GRU RNN', recurrent),
  ...each('Split', split),
  ['TopK', topK],
  ['Gemm', gemm],
  ['MatMul', matmul],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Expand', expand],
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Gather', gather],
  ['Concat', concat],
  ['Slice', shaped(({ view, node, held }, from) => sliced(view, node, from, held))],
  ['OneHot', oneHot],
  ['Cast', cast],
  ['DequantizeLinear', dequantize],
  ['QuantizeLinear', quantize],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Shape', shapeOf],
  ['Where', where],
]);

/** Operators whose rules know more outputs than the first. */
export const MANY_OUTPUTS: ReadonlySet<string> = new Set(['Dropout', 'Split', 'TopK', 'LSTM', 'GRU', 'RNN']);
