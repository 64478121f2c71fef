import type { Tensor } from '../expr/kernels.ts';
import {
  broadcastShape,
  broadcastTensor,
  mapTensor,
  matmulTensors,
  reduceTensor,
  reshapeTensor,
  sizeOf,
  tensor,
  transposeTensor,
  zipTensors,
} from '../expr/kernels.ts';
import { attribute, floatAttribute, intAttribute, intsAttribute } from '../graph/attributes.ts';
import { axisOf } from '../graph/dims.ts';
import { SHAPE_RULES } from '../graph/shape-rules.ts';
import type { GraphView } from '../graph/view.ts';
import { elementName } from '../model/elements.ts';
import type { NodeProto } from '../model/proto.ts';
import { readTensor } from '../model/tensors.ts';
import { concatTensors, sliceIndices, takeAlong } from './fold-kernels.ts';
import type { Work } from './work.ts';

/** A node all of whose inputs are constants; an input that is left out is null. */
export interface Fold {
  readonly view: GraphView;
  readonly node: NodeProto;
  readonly args: readonly (Tensor | null)[];
  readonly work: Work;
}

/** The node's first output in float64. Throws a RangeError where shapes do not fit. */
export type FoldRule = (fold: Fold) => Tensor;

function arg({ args, node }: Fold, index: number): Tensor {
  const found = args[index];
  if (!found) throw new RangeError(`${node.opType} lacks input ${index}`);
  return found;
}

/** A list given as an attribute in older opsets, as an input in newer ones. */
function list({ args, node }: Fold, name: string, index: number): readonly number[] | null {
  const given = args[index];
  return intsAttribute(node, name) ?? (given ? Array.from(given.data) : null);
}

/** What it takes to stretch something to a shape: an axis of none is gone over all the same. */
const extent = (shape: readonly number[]) => sizeOf(shape.map((dim) => Math.max(dim, 1)));

const unary =
  (f: (x: number) => number): FoldRule =>
  (fold) =>
    mapTensor(f, arg(fold, 0));

const folded =
  (f: (x: number, y: number) => number): FoldRule =>
  (fold) =>
    fold.args.map((_, index) => arg(fold, index)).reduce((a, b) => zip(fold, f, a, b));

function zip({ work }: Fold, f: (x: number, y: number) => number, a: Tensor, b: Tensor): Tensor {
  work.spend(extent(broadcastShape(a.shape, b.shape)));
  return zipTensors(f, a, b);
}

/** The numbers that an input holds, as a rule for shapes asks for them. */
const held = (fold: Fold) => (index: number) => {
  const given = fold.args[index];
  return given ? Array.from(given.data) : null;
};

/** Squeeze, Unsqueeze, Flatten, Reshape: the same elements in the shape that follows from the rule for shapes. */
const regroup: FoldRule = (fold) => {
  const rule = SHAPE_RULES.get(fold.node.opType ?? '');
  const input = (index: number) => ({ element: null, shape: fold.args[index]?.shape ?? null });
  const sizes = rule?.({ view: fold.view, node: fold.node, input, held: held(fold) }, 0).shape?.filter(
    (dim) => typeof dim === 'number',
  );
  return reshapeTensor(arg(fold, 0), sizes ?? []);
};

const reshape: FoldRule = (fold) => {
  const { shape } = arg(fold, 0);
  const target = list(fold, 'shape', 1) ?? [];
  const copies = intAttribute(fold.node, 'allowzero', 0) === 0;
  const sizes = target.map((size, axis) => (size === 0 && copies ? (shape[axis] ?? 0) : size));
  const known = sizeOf(sizes.filter((size) => size !== -1));
  return reshapeTensor(
    arg(fold, 0),
    sizes.map((size) => (size === -1 ? sizeOf(shape) / known : size)),
  );
};

const expand: FoldRule = (fold) => {
  const a = arg(fold, 0);
  const sizes = Array.from(arg(fold, 1).data);
  const rank = Math.max(sizes.length, a.shape.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const own = a.shape[axis - rank + a.shape.length] ?? 1;
    return own === 1 ? (sizes[axis - rank + sizes.length] ?? 1) : own;
  });
  fold.work.spend(extent(shape));
  return broadcastTensor(a, shape);
};

const constantOfShape: FoldRule = (fold) => {
  const shape = Array.from(arg(fold, 0).data);
  fold.work.spend(extent(shape));
  const value = attribute(fold.node, 'value')?.t;
  const fill = value ? Number(readTensor(fold.view.model, value).data[0] ?? 0) : 0;
  return { shape, data: new Float64Array(sizeOf(shape)).fill(fill) };
};

const constant: FoldRule = ({ view, node, work }) => {
  const [only] = node.attribute;
  if (only?.t) {
    const { dims, data } = readTensor(view.model, only.t);
    work.read(data.length);
    return { shape: dims, data: Float64Array.from(data, Number) };
  }
  switch (only?.name) {
    case 'value_float':
      return tensor(only.f ?? 0);
    case 'value_int':
      return tensor(Number(only.i ?? 0));
    case 'value_floats':
      return tensor(only.floats);
    case 'value_ints':
      return tensor(only.ints.map(Number));
    default:
      throw new RangeError(`Constant with ${only?.name}`);
  }
};

const cast: FoldRule = (fold) => {
  const to = elementName(intAttribute(fold.node, 'to', 1));
  if (to === 'bool') return mapTensor((x) => Number(x !== 0), arg(fold, 0));
  return mapTensor(to === 'float32' ? Math.fround : (x) => x, arg(fold, 0));
};

const clip: FoldRule = (fold) => {
  const bound = (name: string, index: number, absent: number) =>
    fold.args[index]?.data[0] ?? floatAttribute(fold.node, name, absent);
  const low = bound('min', 1, Number.NEGATIVE_INFINITY);
  const high = bound('max', 2, Number.POSITIVE_INFINITY);
  return mapTensor((x) => Math.min(Math.max(x, low), high), arg(fold, 0));
};

const transpose: FoldRule = (fold) => {
  const a = arg(fold, 0);
  const perm = intsAttribute(fold.node, 'perm') ?? [...a.shape.keys()].reverse();
  if (new Set(perm).size !== a.shape.length)
    throw new RangeError(`[${perm}] is no order of ${a.shape.length} axes`);
  return transposeTensor(a, perm);
};

/** (x - zero point) · scale, for the whole tensor or along an axis. */
const dequantize: FoldRule = (fold) => {
  const x = arg(fold, 0);
  const axis = axisOf(intAttribute(fold.node, 'axis', 1), x.shape.length);
  const block = intAttribute(fold.node, 'block_size', 0);
  // In blocks, from opset 21 on: one scale and zero point for each `block` numbers along the axis.
  const inBlocks = (a: Tensor) => {
    const length = x.shape[axis] ?? 0;
    fold.work.spend(extent(a.shape.map((dim, each) => (each === axis ? length : dim))));
    return takeAlong(
      a,
      axis,
      Array.from({ length }, (_, i) => Math.floor(i / block)),
    );
  };
  const along = (a: Tensor) => {
    if (block > 0) return inBlocks(a);
    if (a.data.length === 1) return reshapeTensor(a, []);
    return reshapeTensor(
      a,
      x.shape.map((_, each) => (each === axis ? a.data.length : 1)),
    );
  };
  const scale = along(arg(fold, 1));
  const zero = fold.args[2] ? along(fold.args[2]) : tensor(0);
  return zip(
    fold,
    (a, b) => a * b,
    zip(fold, (a, b) => a - b, x, zero),
    scale,
  );
};

const reduce =
  (
    kind: 'sum' | 'max' | 'min',
    before = (x: number) => x,
    after = (x: number, _count: number) => x,
  ): FoldRule =>
  (fold) => {
    const a = arg(fold, 0);
    const given = list(fold, 'axes', 1) ?? [];
    // Without axes the reduction goes over all of them, or with this attribute over none: what is done before it stays.
    const none = intAttribute(fold.node, 'noop_with_empty_axes', 0) === 1 ? [] : [...a.shape.keys()];
    const axes = given.length === 0 ? none : given.map((axis) => axisOf(axis, a.shape.length));
    const count = sizeOf(axes.map((axis) => a.shape[axis] ?? 1));
    const keep = intAttribute(fold.node, 'keepdims', 1) === 1;
    return mapTensor((x) => after(x, count), reduceTensor(kind, mapTensor(before, a), axes, keep));
  };

const slice: FoldRule = (fold) => {
  const starts = list(fold, 'starts', 1) ?? [];
  const ends = list(fold, 'ends', 2) ?? [];
  const axes = list(fold, 'axes', 3) ?? [...starts.keys()];
  const steps = list(fold, 'steps', 4) ?? [];
  return axes.reduce(
    (a, given, i) => {
      const axis = axisOf(given, a.shape.length);
      const indices = sliceIndices(a.shape[axis] ?? 0, starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1);
      return takeAlong(a, axis, indices);
    },
    arg(fold, 0),
  );
};

const concat: FoldRule = (fold) => {
  const parts = fold.args.map((_, index) => arg(fold, index));
  fold.work.spend(parts.reduce((sum, { data }) => sum + data.length, 0));
  return concatTensors(parts, axisOf(intAttribute(fold.node, 'axis', 1), parts[0]?.shape.length ?? 1));
};

const matmul: FoldRule = (fold) => {
  const [a, b] = [arg(fold, 0), arg(fold, 1)];
  fold.work.spend(a.data.length * (b.shape.at(-1) ?? 1));
  return matmulTensors(a, b);
};

/** Operators of the standard domain that a weight's expression may consist of. */
export const FOLD_RULES: ReadonlyMap<string, FoldRule> = new Map<string, FoldRule>([
  ['Identity', unary((x) => x)],
  ['Neg', unary((x) => -x)],
  ['Abs', unary(Math.abs)],
  ['Sqrt', unary(Math.sqrt)],
  ['Reciprocal', unary((x) => 1 / x)],
  ['Exp', unary(Math.exp)],
  ['Add', folded((x, y) => x + y)],
  ['Sub', folded((x, y) => x - y)],
  ['Mul', folded((x, y) => x * y)],
  ['Div', folded((x, y) => x / y)],
  ['Pow', folded((x, y) => x ** y)],
  ['Max', folded(Math.max)],
  ['Min', folded(Math.min)],
  ['Clip', clip],
  ['Cast', cast],
  ['Transpose', transpose],
  ['Reshape', reshape],
  ['Squeeze', regroup],
  ['Unsqueeze', regroup],
  ['Flatten', regroup],
  ['Expand', expand],
  ['Concat', concat],
  ['Slice', slice],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Shape', (fold) => tensor(arg(fold, 0).shape)],
  ['DequantizeLinear', dequantize],
  ['MatMul', matmul],
  ['ReduceSum', reduce('sum')],
  ['ReduceMax', reduce('max')],
  ['ReduceMin', reduce('min')],
  ['ReduceMean', reduce('sum', undefined, (x, count) => x / count)],
  ['ReduceL1', reduce('sum', Math.abs)],
  ['ReduceL2', reduce('sum', (x) => x * x, Math.sqrt)],
  ['ReduceSumSquare', reduce('sum', (x) => x * x)],
]);
