import type { Dim, ValueFacts } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import type { TensorProto } from '#model/proto.js';
import { makeTensor } from '#model/tensors.js';
import { type Held, int64s, zeros } from '../helpers/tiny-graph.ts';

/** A node over inputs of which something is known (a tensor is stored; null is left out), and what follows. */
export interface ShapeCase {
  readonly op: string;
  readonly inputs: readonly (ValueFacts | TensorProto | null)[];
  readonly held: Readonly<Record<string, Held>>;
  readonly outputs: readonly ValueFacts[];
}

const f = (...shape: readonly Dim[]): ValueFacts => ({ element: 'float32', shape });
const int = (...shape: readonly Dim[]): ValueFacts => ({ element: 'int64', shape });
const byte = (...shape: readonly Dim[]): ValueFacts => ({ element: 'uint8', shape });
const bool = (...shape: readonly Dim[]): ValueFacts => ({ element: 'bool', shape });
const unranked: ValueFacts = { element: 'float32', shape: null };
const list = (...values: readonly number[]) => int64s('', values);

function row(
  op: string,
  inputs: ShapeCase['inputs'],
  held: ShapeCase['held'],
  ...outputs: readonly ValueFacts[]
): ShapeCase {
  return { op, inputs, held, outputs };
}

function each(ops: string, make: (op: string) => readonly ShapeCase[]): ShapeCase[] {
  return ops.split(' ').flatMap(make);
}

const elementwise = [
  ...each(
    'Relu LeakyRelu Elu Selu Celu Gelu Mish Tanh Sigmoid HardSigmoid HardSwish Softplus Softsign ' +
      'Abs Neg Sqrt Reciprocal Exp Log Erf Floor Ceil Round Sign Clip Identity Cos Sin Softmax LogSoftmax Hardmax ' +
      'LpNormalization',
    (op) => [row(op, [f('N', 3)], {}, f('N', 3)), row(op, [unranked], {}, unranked)],
  ),
  row('LRN', [f('N', 3, 8, 8)], { size: 3 }, f('N', 3, 8, 8)),
  row('MeanVarianceNormalization', [f('N', 3, 8, 8)], {}, f('N', 3, 8, 8)),
  row('PRelu', [f('N', 3), f(3)], {}, f('N', 3)),
  row('CumSum', [f('N', 3), zeros('', [])], {}, f('N', 3)),
  row('Not', [bool('N')], {}, bool('N')),
  row('BatchNormalization', [f('N', 3, 8), f(3), f(3), f(3), f(3)], {}, f('N', 3, 8)),
  row('InstanceNormalization', [f('N', 3, 8), f(3), f(3)], {}, f('N', 3, 8)),
  row('LayerNormalization', [f('N', 'T', 8), f(8), f(8)], {}, f('N', 'T', 8)),
  row('GroupNormalization', [f('N', 4, 8), f(4), f(4)], { num_groups: 2 }, f('N', 4, 8)),
  row('RMSNormalization', [f('N', 8), f(8)], {}, f('N', 8)),
  row('Dropout', [f('N', 3)], {}, f('N', 3), bool('N', 3)),
];

const broadcasting = [
  ...each('Add Sub Mul Div Pow Mod', (op) => [
    row(op, [f('N', 3), f(3)], {}, f('N', 3)),
    row(op, [f('N', 1, 4), f(5, 1)], {}, f('N', 5, 4)),
    row(op, [f('N', 3), zeros('', [])], {}, f('N', 3)),
    row(op, [f('N', 3), unranked], {}, unranked),
  ]),
  ...each('Max Min Mean Sum', (op) => [
    row(op, [f('N', 1), f(3), f()], {}, f('N', 3)),
    row(op, [f('N', 1)], {}, f('N', 1)),
  ]),
  ...each('Equal Less Greater LessOrEqual GreaterOrEqual', (op) => [
    row(op, [f('N', 1), f(3)], {}, bool('N', 3)),
  ]),
  ...each('And Or Xor', (op) => [row(op, [bool('N', 1), bool(3)], {}, bool('N', 3))]),
  row('Where', [bool('N', 1), f(3), f()], {}, f('N', 3)),
  row('Expand', [f(3, 1), list(2, 1, 6)], {}, f(2, 3, 6)),
  row('Expand', [f(3), int(2)], {}, f(null, 3)),
  row('Expand', [f('N', 3), int('k')], {}, unranked),
];

const products = [
  row('Gemm', [f('N', 4), zeros('', [4, 3])], {}, f('N', 3)),
  row('Gemm', [f('N', 4), zeros('', [3, 4]), f(3)], { transB: 1 }, f('N', 3)),
  row('Gemm', [f(4, 'N'), f(4, 3)], { transA: 1 }, f('N', 3)),
  row('Gemm', [unranked, zeros('', [4, 3])], {}, f(null, 3)),
  row('MatMul', [f('N', 4), f(4, 3)], {}, f('N', 3)),
  row('MatMul', [f('N', 'T', 4), f(4, 3)], {}, f('N', 'T', 3)),
  row('MatMul', [f(7, 1, 2, 4), f(5, 4, 3)], {}, f(7, 5, 2, 3)),
  row('MatMul', [f(4), f(4, 3)], {}, f(3)),
  row('MatMul', [f(5, 2, 4), f(4)], {}, f(5, 2)),
  row('MatMul', [f(4), f(5, 4, 3)], {}, f(5, 3)),
  row('MatMul', [f(4), f(4)], {}, f()),
  row('MatMul', [f('N', 4), unranked], {}, unranked),
];

const windows = [
  row('Conv', [f('N', 3, 8, 8), zeros('', [16, 3, 3, 3])], { pads: [1, 1, 1, 1] }, f('N', 16, 8, 8)),
  row('Conv', [f('N', 3, 'H', 8), f(16, 3, 3, 3)], { strides: [2, 2] }, f('N', 16, null, 3)),
  row('Conv', [f('N', 3, 9), f(16, 3, 3)], { dilations: [2], kernel_shape: [3] }, f('N', 16, 5)),
  row('Conv', [f('N', 3, 8, 8), unranked], {}, f('N', null, null, null)),
  row('MaxPool', [f('N', 3, 8, 8)], { kernel_shape: [2, 2], strides: [2, 2] }, f('N', 3, 4, 4)),
  row('AveragePool', [f('N', 3, 7)], { kernel_shape: [2], strides: [2], ceil_mode: 1 }, f('N', 3, 4)),
  row('LpPool', [f('N', 3, 7)], { kernel_shape: [3], auto_pad: 'SAME_UPPER' }, f('N', 3, 7)),
  ...each('GlobalAveragePool GlobalMaxPool GlobalLpPool', (op) => [
    row(op, [f('N', 3, 8, 'W')], {}, f('N', 3, 1, 1)),
    row(op, [unranked], {}, unranked),
  ]),
  row('ConvTranspose', [f('N', 3, 8, 8), f(3, 16, 3, 3)], {}, f(null, null, null, null)),
];

const moves = [
  row('Flatten', [f('N', 3, 4)], {}, f('N', 12)),
  row('Flatten', [f(2, 3, 4)], { axis: 0 }, f(1, 24)),
  row('Flatten', [f(2, 3, 4)], { axis: -1 }, f(6, 4)),
  row('Flatten', [f(2, 3, 4)], { axis: 3 }, f(24, 1)),
  row('Flatten', [f('N', 'T', 4)], { axis: 2 }, f(null, 4)),
  row('Reshape', [f('N', 512, 1, 1), list(0, -1)], {}, f('N', 512)),
  row('Reshape', [f(2, 3, 4), list(4, -1)], {}, f(4, 6)),
  row('Reshape', [f(0, 4), list(4, 0)], { allowzero: 1 }, f(4, 0)),
  row('Reshape', [unranked, list(0, -1, 8)], {}, f(null, null, 8)),
  row('Reshape', [f('N', 4), int(3)], {}, f(null, null, null)),
  row('Reshape', [f('N', 4), int('k')], {}, unranked),
  row('Reshape', [f('N', 4)], { shape: [-1, 2, 2] }, f('N', 2, 2)),
  row('Transpose', [f('N', 3, 4)], { perm: [2, 0, 1] }, f(4, 'N', 3)),
  row('Transpose', [f('N', 3, 4)], {}, f(4, 3, 'N')),
  row('Squeeze', [f('N', 1, 4, 1), list(1, -1)], {}, f('N', 4)),
  row('Squeeze', [f('N', 1, 4)], { axes: [1] }, f('N', 4)),
  row('Squeeze', [f(2, 1, 4)], {}, f(2, 4)),
  row('Squeeze', [f('N', 1, 4)], {}, unranked),
  row('Squeeze', [f('N', 1), int(1)], {}, unranked),
  row('Unsqueeze', [f('N', 4), list(1, -1)], {}, f('N', 1, 4, 1)),
  row('Unsqueeze', [f('N', 4)], { axes: [0] }, f(1, 'N', 4)),
  row('Unsqueeze', [f('N', 4), int(1)], {}, unranked),
  row('Gather', [f(100, 8), int('N', 'T')], {}, f('N', 'T', 8)),
  row('Gather', [f('N', 'T', 8), int()], { axis: 1 }, f('N', 8)),
  row('Gather', [f('N', 5, 8), list(0, 2)], { axis: -2 }, f('N', 2, 8)),
  row('Gather', [f(100, 8), { element: 'int64', shape: null }], {}, unranked),
  row('Concat', [f('N', 3), f('N', 4)], { axis: 1 }, f('N', 7)),
  row('Concat', [f(2, 3), f(2, 3), f(2, 3)], { axis: -2 }, f(6, 3)),
  row('Concat', [f('N', 3), f('N', 'k')], { axis: 1 }, f('N', null)),
  row('Concat', [f('N', 3), unranked], { axis: 1 }, f('N', null)),
  row('Split', [f('N', 6)], { axis: 1 }, f('N', 3), f('N', 3)),
  row('Split', [f('N', 5)], { axis: 1, num_outputs: 2 }, f('N', 3), f('N', 2)),
  row('Split', [f('N', 6)], { axis: 1, split: [2, 4] }, f('N', 2), f('N', 4)),
  row('Split', [f('N', null)], { axis: 1 }, f('N', null), f('N', null)),
  row('Pad', [f('N', 3), list(0, 0, 0, 0)], {}, f(null, null)),
  row('Slice', [f('N', 9), list(1), list(5), list(-1), list(2)], {}, f('N', 2)),
  row('Slice', [f('N', 9), list(-1), list(-100), list(1), list(-1)], {}, f('N', 9)),
  row('Slice', [f(7, 9), list(2, -3), list(2 ** 40, -1)], {}, f(5, 2)),
  row('Slice', [f(7, 9), list(2), list(100)], {}, f(5, 9)),
  row('Slice', [f('N', 9), list(0), list(1)], {}, f(null, 9)),
  row('Slice', [f('N', 9), int(1), list(4), list(1)], {}, f('N', null)),
  row('Slice', [f('N', 9), list(1), list(4), int(1)], {}, f(null, null)),
  row('Slice', [f('N', 9)], { starts: [4], ends: [6], axes: [1] }, f('N', 2)),
  row('OneHot', [int('N'), list(10), f(2)], {}, f('N', 10)),
  row('OneHot', [int('N', 'T'), list(10), f(2)], { axis: 0 }, f(10, 'N', 'T')),
  row('OneHot', [int('N', 'T'), list(10), f(2)], { axis: -2 }, f('N', 10, 'T')),
  row('OneHot', [int('N'), int(1), int(2)], {}, int('N', null)),
  row('Resize', [f('N', 3, 8, 8), null, zeros('', [4])], {}, f(null, null, null, null)),
  row('Upsample', [f('N', 3, 8, 8), zeros('', [4])], {}, f(null, null, null, null)),
  row('Tile', [f('N', 3), list(1, 2)], {}, f(null, null)),
];

const reductions = [
  ...each('ReduceSum ReduceMean ReduceMax ReduceMin ReduceL1 ReduceL2 ReduceProd ReduceLogSumExp', (op) => [
    row(op, [f('N', 3, 4)], { axes: [1] }, f('N', 1, 4)),
    row(op, [f('N', 3, 4)], { axes: [-1, 1], keepdims: 0 }, f('N')),
    row(op, [f('N', 3)], {}, f(1, 1)),
    row(op, [f('N', 3)], { keepdims: 0 }, f()),
  ]),
  ...each('ReduceSumSquare ReduceLogSum', (op) => [row(op, [f('N', 3)], { axes: [1], keepdims: 0 }, f('N'))]),
  row('ReduceSum', [f('N', 3, 4), list(-1)], { keepdims: 0 }, f('N', 3)),
  row('ReduceSum', [f('N', 3), list()], { noop_with_empty_axes: 1 }, f('N', 3)),
  row('ReduceSum', [f('N', 3), int(1)], {}, f(null, null)),
  row('ReduceSum', [f('N', 3), int(1)], { keepdims: 0 }, unranked),
  ...each('ArgMax ArgMin', (op) => [
    row(op, [f('N', 3)], { axis: 1 }, int('N', 1)),
    row(op, [f('N', 3)], { axis: -1, keepdims: 0 }, int('N')),
    row(op, [unranked], {}, { element: 'int64', shape: null }),
  ]),
  row('TopK', [f('N', 100), list(5)], {}, f('N', null), int('N', null)),
  row('TopK', [f('N', 100), list(5)], { axis: 0 }, f(null, 100), int(null, 100)),
];

const recurrent = [
  row(
    'LSTM',
    [f('T', 'N', 8), zeros('', [2, 64, 8]), zeros('', [2, 64, 16])],
    { hidden_size: 16, direction: 'bidirectional' },
    f('T', 2, 'N', 16),
    f(2, 'N', 16),
    f(2, 'N', 16),
  ),
  row(
    'GRU',
    [f('T', 'N', 8), f(1, 48, 8), f(1, 48, 16)],
    { hidden_size: 16 },
    f('T', 1, 'N', 16),
    f(1, 'N', 16),
  ),
  row(
    'RNN',
    [f('N', 'T', 8), f(1, 16, 8), f(1, 16, 16)],
    { hidden_size: 16, layout: 1 },
    f('N', 'T', 1, 16),
    f('N', 1, 16),
  ),
  row('GRU', [unranked, unranked, unranked], {}, f(null, null, null, null), f(null, null, null)),
];

const types = [
  row('Cast', [f('N', 3)], { to: 7 }, int('N', 3)),
  row('Cast', [f('N', 3)], { to: 99 }, { element: null, shape: ['N', 3] }),
  row('DequantizeLinear', [byte('N', 3), zeros('', [])], {}, f('N', 3)),
  row('QuantizeLinear', [f('N', 3), zeros('', [])], {}, byte('N', 3)),
  row('QuantizeLinear', [f('N', 3), zeros('', []), int()], {}, int('N', 3)),
  row(
    'QuantizeLinear',
    [f('N', 3), zeros('', [])],
    { output_dtype: 3 },
    { element: 'int8', shape: ['N', 3] },
  ),
];

const constants = [
  row('Constant', [], { value: zeros('', [2, 3]) }, f(2, 3)),
  row('Constant', [], { value_int: 5 }, int()),
  row('Constant', [], { value_ints: [1, 2] }, int(2)),
  row('Constant', [], { value_float: 0 }, f()),
  row('Constant', [], { value_floats: [] }, f(0)),
  row('Constant', [], { value_string: 'a' }, { element: 'string', shape: [] }),
  row('Constant', [], { value_strings: [] }, { element: 'string', shape: [0] }),
  row('Constant', [], { value_anew: 1 }, { element: null, shape: null }),
  row('Constant', [], {}, { element: null, shape: null }),
  row('ConstantOfShape', [list(2, 3)], {}, f(2, 3)),
  row('ConstantOfShape', [int(3)], { value: int64s('', [1]) }, int(null, null, null)),
  row('ConstantOfShape', [int('k')], {}, unranked),
  row('Shape', [f('N', 3, 4)], {}, int(3)),
  row('Shape', [f('N', 3, 4)], { start: 1 }, int(2)),
  row('Shape', [f('N', 3, 4)], { start: -2, end: -1 }, int(1)),
  row('Shape', [f('N', 3, 4)], { start: 2, end: 9 }, int(1)),
  row('Shape', [unranked], {}, int(null)),
];

/** At least one for every operator that has a rule. */
export const SHAPE_CASES: readonly ShapeCase[] = [
  ...elementwise,
  ...broadcasting,
  ...products,
  ...windows,
  ...moves,
  ...reductions,
  ...recurrent,
  ...types,
  ...constants,
];

/** What a damaged or hostile file may hold: each must end with something said of the output, or nothing. */
export const HOSTILE_CASES: readonly ShapeCase[] = [
  row('Conv', [f('N', 3, 8), f(16, 3, 0)], {}, f('N', 16, null)),
  row('Conv', [f('N', 3, 8), f(16, 3, 3)], { strides: [0] }, f('N', 16, null)),
  row('Conv', [f('N', 3, 8), f(16, 3, 3)], { dilations: [-5] }, f('N', 16, null)),
  row('Conv', [f(), f()], {}, f(null, null)),
  row('MaxPool', [f('N', 3, 8)], { kernel_shape: [] }, f('N', 3, null)),
  row(
    'MaxPool',
    [f('N', 3, 8)],
    { kernel_shape: [0], auto_pad: 'SAME_UPPER', strides: [0] },
    f('N', 3, null),
  ),
  row('AveragePool', [f('N', 3, 8)], {}, f('N', 3, null)),
  row('Flatten', [f(2, 3)], { axis: 99 }, f(6, 1)),
  row('Flatten', [f()], { axis: -99 }, f(1, 1)),
  row('Flatten', [f(2 ** 40, 2 ** 40)], {}, f(2 ** 40, 2 ** 40)),
  row('Flatten', [f(2 ** 40, 2 ** 40)], { axis: 0 }, f(1, null)),
  row('Reshape', [f(2, 3), list(-1, -1)], {}, f(6, 6)),
  row('Reshape', [f(2, 3), list(-7, 2)], {}, f(null, 2)),
  row('Reshape', [f(2, 3), list(0, 0, 0)], {}, f(2, 3, null)),
  row('Reshape', [f(2, 3), list(0, -1)], { allowzero: 1 }, f(0, null)),
  row('Reshape', [f(2, 3), makeTensor('', [2], Float32Array.of(Number.NaN, 1.5))], {}, f(null, null)),
  row('Reshape', [f(2, 3), int(2 ** 40)], {}, unranked),
  row('Reshape', [f(2, 3), list(...new Array<number>(500).fill(1))], {}, unranked),
  row('Reshape', [f(2, 3)], {}, unranked),
  row('ConstantOfShape', [int(2 ** 31)], {}, unranked),
  row('ConstantOfShape', [list(-1, 2)], {}, f(null, 2)),
  row('Expand', [f(3), list(-1)], {}, f(3)),
  row('Expand', [f(1), list(-1)], {}, f(null)),
  row('Transpose', [f(2, 3)], { perm: [5, -1] }, f(null, null)),
  row('Transpose', [f(2, 3)], { perm: [] }, f()),
  row('Squeeze', [f(2, 3)], { axes: [7] }, f(2, 3)),
  row('Unsqueeze', [f(2)], { axes: [9, 9] }, f(2, null, null)),
  row('Unsqueeze', [f(2)], { axes: [0, 0] }, f(1, 2, null)),
  row('Gather', [f(2, 3), int(4)], { axis: 5 }, f(2, 3, 4)),
  row('Gather', [f(2, 3)], {}, unranked),
  row('Concat', [f(2, 3), f(2)], { axis: -9 }, f(2, 3)),
  row('Concat', [], {}, { element: null, shape: null }),
  row('ReduceSum', [f(2, 3)], { axes: [9] }, f(2, 3)),
  row('ArgMax', [f(2, 3)], { axis: 9 }, int(2, 3)),
  row('Split', [f(2, 3)], { axis: 9 }, f(2, 3)),
  row('Slice', [f(2, 3), list(0), list(9), list(9), list(0)], {}, f(2, 3)),
  row('Slice', [f(2, 3), list(0), list(1), list(0), list(0)], {}, f(null, 3)),
  row('Slice', [f(2, 3), list(), list()], {}, f(null, null)),
  row('Slice', [f(2, 3)], {}, f(null, null)),
  row('OneHot', [int(2), list(-4), f(2)], { axis: 99 }, f(2, null)),
  row('OneHot', [], {}, { element: null, shape: null }),
  row('Gemm', [f(), f(7)], {}, f(null, null)),
  row('Gemm', [], {}, { element: null, shape: [null, null] }),
  row('MatMul', [f(), f()], {}, f()),
  row('Add', [f(2), f(3)], {}, f(2)),
  row('Add', [], {}, { element: null, shape: [] }),
  row('LSTM', [f()], {}, f(null, null, null, null)),
  row('Shape', [f(2, 3)], { start: 9, end: -9 }, int(0)),
  row(
    'Constant',
    [],
    { value: create('TensorProto', { dims: [-4, 2 ** 60] }) },
    { element: null, shape: [null, null] },
  ),
  row('Relu', [create('TensorProto', { dataType: 1, dims: new Array<number>(65).fill(1) })], {}, unranked),
  row('Relu', [], {}, { element: null, shape: null }),
];
