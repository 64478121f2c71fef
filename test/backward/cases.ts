import { sizeOf, type Tensor, tensor } from '#expr/kernels.js';

/** Numbers of an input: evenly spread over a range, all different up to 199 elements, in an order that mixes them. */
export interface Numbers {
  readonly dims: readonly number[];
  /** Dimensions as the model declares them, where they are not all known: `['N', 3]`. */
  readonly declared?: readonly (number | string)[];
  readonly from?: number;
  readonly to?: number;
  /** Not to be differentiated: the condition of a Where, a mean. */
  readonly fixed?: boolean;
  readonly element?: 'float32' | 'bool';
  /** Just these. */
  readonly data?: readonly number[];
}

/** A node or a few, whose gradients are judged. */
export interface BackwardCase {
  readonly name: string;
  /** The operators that it covers. */
  readonly op: string;
  readonly inputs: Readonly<Record<string, Numbers>>;
  /** Lines of the model at an opset, which make `y`: nodes, and stored tensors that are not differentiated. */
  readonly lines: (opset: number) => readonly string[];
  readonly since?: number;
}

/** The same numbers in `pytorch.py`: element i of input number k, rounded to float32. */
export function numbersOf(
  { dims, from = -2, to = 2, element = 'float32', data: given }: Numbers,
  k: number,
): Tensor {
  if (given !== undefined) return tensor(given, dims);
  const data = Float64Array.from({ length: sizeOf(dims) }, (_, i) => {
    const place = (i * 37 + k * 101 + 11) % 199;
    if (element === 'bool') return place % 2;
    return Math.fround(from + ((to - from) * (place + 0.3)) / 199);
  });
  return tensor(data, dims);
}

const line = (text: string) => () => [text];

/** One node on one input. */
function one(
  op: string,
  attributes = '',
  numbers: Partial<Numbers> = {},
  more: Partial<BackwardCase> & { readonly as?: string } = {},
): BackwardCase {
  const { as = '', ...rest } = more;
  const held = attributes === '' ? '' : ` {${attributes}}`;
  return {
    name: `${op}${as === '' ? '' : ` ${as}`}`,
    op,
    inputs: { x: { dims: [2, 3, 4], ...numbers } },
    lines: line(`y = ${op}(x)${held}`),
    ...rest,
  };
}

/** An operator of two inputs, by their shapes. */
function two(op: string, as: string, a: Numbers, b: Numbers): BackwardCase {
  return { name: `${op} ${as}`, op, inputs: { a, b }, lines: line(`y = ${op}(a, b)`) };
}

/** A list that is an attribute below opset `since` and an input from there on. */
const listed =
  (op: string, name: string, values: readonly number[], since: number, attributes = '') =>
  (opset: number) => {
    const rest = attributes === '' ? [] : [attributes];
    if (opset < since) return [`y = ${op}(x) {${[`${name}=[${values}]`, ...rest].join(', ')}}`];
    const held = rest.length === 0 ? '' : ` {${rest}}`;
    return [`initializer list int64 [${values.length}] = ${values}`, `y = ${op}(x, list)${held}`];
  };

/** Slice, as attributes below opset 10. */
const slice =
  (starts: number[], ends: number[], axes: number[], steps?: number[]) =>
  (opset: number): string[] => {
    if (opset < 10) return [`y = Slice(x) {starts=[${starts}], ends=[${ends}], axes=[${axes}]}`];
    const lists = { starts, ends, axes, ...(steps ? { steps } : {}) };
    return [
      ...Object.entries(lists).map(([name, list]) => `initializer ${name} int64 [${list.length}] = ${list}`),
      `y = Slice(x, ${Object.keys(lists).join(', ')})`,
    ];
  };

/** A scalar that is stored. */
const stored = (name: string, value: string) => `initializer ${name} float32 [] = ${value}`;

const plus = (dims: readonly number[]): Numbers => ({ dims, from: 0.4, to: 2 });

const ELEMENTWISE: readonly BackwardCase[] = [
  one('Relu'),
  one('LeakyRelu', 'alpha=0.2'),
  one('LeakyRelu', '', {}, { as: 'by default' }),
  one('Elu', 'alpha=0.7'),
  one('Elu', '', {}, { as: 'by default' }),
  one('Selu'),
  one('Sigmoid', '', { from: -6, to: 6 }),
  one('HardSigmoid', 'alpha=0.25, beta=0.45', { from: -4, to: 4 }),
  one('HardSigmoid', '', { from: -4, to: 4 }, { as: 'by default' }),
  one('HardSwish', '', { from: -5, to: 5 }, { since: 14 }),
  one('Tanh'),
  one('Gelu', '', {}, { since: 20 }),
  one('Gelu', 'approximate="tanh"', {}, { since: 20, as: 'by tanh' }),
  one('Mish', '', {}, { since: 18 }),
  one('Softplus', '', { from: -6, to: 6 }),
  one('Softsign'),
  one('Erf', '', {}, { since: 9 }),
  one('Sqrt', '', { from: 0.3 }),
  one('Exp'),
  one('Log', '', { from: 0.3 }),
  one('Neg'),
  one('Abs'),
  one('Reciprocal', '', { from: 0.3 }),
  one('Identity'),
  one('Dropout', '', { declared: ['N', 3, 4] }),
  one('Cast', 'to=1'),
  {
    name: 'Clip',
    op: 'Clip',
    inputs: { x: { dims: [2, 3, 4] } },
    lines: (opset) =>
      opset < 11
        ? ['y = Clip(x) {min=-0.5, max=1.25}']
        : [stored('low', '-0.5'), stored('high', '1.25'), 'y = Clip(x, low, high)'],
  },
  {
    name: 'Clip from below',
    op: 'Clip',
    since: 11,
    inputs: { x: { dims: [2, 3, 4] } },
    lines: () => [stored('low', '-0.5'), 'y = Clip(x, low)'],
  },
  {
    name: 'Pow squares',
    op: 'Pow',
    inputs: { x: { dims: [2, 3] } },
    lines: () => [stored('p', '2'), 'y = Pow(x, p)'],
  },
  {
    name: 'Pow of a fraction',
    op: 'Pow',
    inputs: { x: plus([2, 3]) },
    lines: () => [stored('p', '1.5'), 'y = Pow(x, p)'],
  },
  {
    name: 'PRelu',
    op: 'PRelu',
    inputs: { x: { dims: [2, 3, 4] }, slope: { dims: [3, 1], from: 0.1, to: 0.4 } },
    lines: line('y = PRelu(x, slope)'),
  },
  {
    name: 'Where',
    op: 'Where',
    since: 9,
    inputs: {
      condition: { dims: [2, 1, 4], fixed: true, element: 'bool' },
      a: { dims: [3, 4] },
      b: { dims: [2, 3, 1] },
    },
    lines: line('y = Where(condition, a, b)'),
  },
];

const ARITHMETIC: readonly BackwardCase[] = ['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => [
  two(op, 'of equal shapes', { dims: [2, 3], declared: ['N', 3] }, { ...plus([2, 3]), declared: ['N', 3] }),
  two(op, 'with a row', { dims: [2, 4, 3], declared: ['N', 'T', 3] }, plus([3])),
  two(op, 'with a column', { dims: [3, 1] }, plus([2, 3, 4])),
  two(op, 'with a number', { dims: [2, 3] }, plus([])),
  two(op, 'of two that stretch', { dims: [2, 1, 4], declared: ['N', 1, 4] }, plus([3, 1])),
]);

const PRODUCTS: readonly BackwardCase[] = [
  ...[
    ['', [4, 3], [3, 5]],
    ['transA=1', [3, 4], [3, 5]],
    ['transB=1', [4, 3], [5, 3]],
    ['transA=1, transB=1, alpha=0.5, beta=0.3', [3, 4], [5, 3]],
  ].map(
    ([attributes, a, b]): BackwardCase => ({
      name: `Gemm ${attributes || 'plain'}`,
      op: 'Gemm',
      inputs: { a: { dims: a as number[] }, b: { dims: b as number[] }, c: { dims: [5] } },
      lines: line(`y = Gemm(a, b, c) {${attributes || 'alpha=1.0'}}`),
    }),
  ),
  {
    name: 'Gemm with a column',
    op: 'Gemm',
    inputs: { a: { dims: [4, 3], declared: ['N', 3] }, b: { dims: [3, 5] }, c: { dims: [4, 1] } },
    lines: line('y = Gemm(a, b, c) {alpha=2.0}'),
  },
  {
    name: 'Gemm without a third',
    op: 'Gemm',
    since: 11,
    inputs: { a: { dims: [4, 3], declared: ['N', 3] }, b: { dims: [5, 3] } },
    lines: line('y = Gemm(a, b) {transB=1}'),
  },
  two('MatMul', 'of matrices', { dims: [4, 3], declared: ['N', 3] }, { dims: [3, 5] }),
  two('MatMul', 'of many with one', { dims: [2, 4, 3], declared: ['N', 'T', 3] }, { dims: [3, 5] }),
  two(
    'MatMul',
    'of many with many',
    { dims: [2, 4, 3], declared: ['N', 4, 3] },
    { dims: [2, 3, 5], declared: ['N', 3, 5] },
  ),
  two('MatMul', 'of one with many', { dims: [4, 3] }, { dims: [2, 3, 5] }),
  two('MatMul', 'that stretches', { dims: [2, 1, 2, 3] }, { dims: [1, 4, 3, 2] }),
  two('MatMul', 'with a vector', { dims: [2, 4, 3] }, { dims: [3] }),
  two('MatMul', 'of a vector', { dims: [3] }, { dims: [2, 3, 4] }),
  two('MatMul', 'of a vector and a matrix', { dims: [3] }, { dims: [3, 4] }),
  two('MatMul', 'of vectors', { dims: [3] }, { dims: [3] }),
  {
    name: 'Sum',
    op: 'Sum',
    inputs: { a: { dims: [2, 3] }, b: { dims: [3] }, c: { dims: [2, 1] } },
    lines: (opset) => (opset < 8 ? ['t = Add(a, b)', 'y = Add(t, c)'] : ['y = Sum(a, b, c)']),
  },
];

const NORMALISATIONS: readonly BackwardCase[] = [
  ...[
    [4, 3, 2, 2],
    [4, 3],
    [4, 3, 5],
  ].map(
    (dims): BackwardCase => ({
      name: `BatchNormalization of ${dims.length} axes`,
      op: 'BatchNormalization',
      inputs: {
        x: { dims, declared: ['N', ...dims.slice(1)] },
        scale: plus([3]),
        bias: { dims: [3] },
        mean: { dims: [3], fixed: true },
        variance: { ...plus([3]), fixed: true },
      },
      lines: line('y = BatchNormalization(x, scale, bias, mean, variance) {epsilon=0.001}'),
    }),
  ),
  {
    name: 'LayerNormalization',
    op: 'LayerNormalization',
    since: 17,
    inputs: { x: { dims: [2, 3, 4], declared: ['N', 'T', 4] }, scale: plus([4]), bias: { dims: [4] } },
    lines: line('y = LayerNormalization(x, scale, bias) {epsilon=0.001}'),
  },
  {
    name: 'LayerNormalization of two axes, without a bias',
    op: 'LayerNormalization',
    since: 17,
    inputs: { x: { dims: [2, 3, 4] }, scale: plus([3, 4]) },
    lines: line('y = LayerNormalization(x, scale) {axis=1}'),
  },
  {
    name: 'InstanceNormalization',
    op: 'InstanceNormalization',
    inputs: { x: { dims: [2, 3, 2, 3], declared: ['N', 3, 2, 3] }, scale: plus([3]), bias: { dims: [3] } },
    lines: line('y = InstanceNormalization(x, scale, bias) {epsilon=0.001}'),
  },
  one('LpNormalization', '', { dims: [3, 4] }),
  one('LpNormalization', 'axis=1', { dims: [3, 4, 2] }, { as: 'in the middle' }),
  one('Softmax', 'axis=1', { dims: [3, 4] }),
  one('Softmax', '', { dims: [2, 3, 4] }, { as: 'by default' }),
  one('LogSoftmax', 'axis=1', { dims: [3, 4] }),
  {
    name: 'LayerNormalization written out',
    op: 'LayerNormalization',
    inputs: { x: { dims: [2, 3, 4], declared: ['N', 'T', 4] }, scale: plus([4]), bias: { dims: [4] } },
    lines: (opset) => [
      stored('two', '2'),
      stored('epsilon', '0.001'),
      ...(opset < 18 ? [] : ['initializer last int64 [1] = -1']),
      opset < 18 ? 'mean = ReduceMean(x) {axes=[-1]}' : 'mean = ReduceMean(x, last)',
      'centred = Sub(x, mean)',
      'square = Pow(centred, two)',
      opset < 18 ? 'variance = ReduceMean(square) {axes=[-1]}' : 'variance = ReduceMean(square, last)',
      'held = Add(variance, epsilon)',
      'length = Sqrt(held)',
      'unit = Div(centred, length)',
      'scaled = Mul(unit, scale)',
      'y = Add(scaled, bias)',
    ],
    since: 11,
  },
  {
    name: 'Gelu written out',
    op: 'Gelu',
    since: 9,
    inputs: { x: { dims: [2, 3, 4] } },
    lines: () => [
      stored('root', '1.4142135'),
      stored('one', '1'),
      stored('half', '0.5'),
      'scaled = Div(x, root)',
      'error = Erf(scaled)',
      'raised = Add(error, one)',
      'product = Mul(x, raised)',
      'y = Mul(product, half)',
    ],
  },
];

const REDUCTIONS: readonly BackwardCase[] = (
  [
    ['ReduceMean', 18],
    ['ReduceSum', 13],
    ['ReduceMax', 18],
    ['ReduceL2', 18],
    ['ReduceSumSquare', 18],
  ] as const
).flatMap(([op, since]) => [
  {
    name: `${op} over one axis`,
    op,
    inputs: { x: { dims: [2, 3, 4], declared: ['N', 'T', 4] } },
    lines: listed(op, 'axes', [1], since),
  },
  {
    name: `${op} over two, dropped`,
    op,
    inputs: { x: { dims: [2, 3, 4], declared: ['N', 3, 4] } },
    lines: listed(op, 'axes', [2, 1], since, 'keepdims=0'),
  },
  { name: `${op} over all`, op, inputs: { x: { dims: [2, 3] } }, lines: line(`y = ${op}(x) {keepdims=0}`) },
]);

const image = (...dims: number[]): Numbers => ({ dims, declared: ['N', ...dims.slice(1)] });

function pool(op: string, as: string, attributes: string, numbers: Numbers, since?: number): BackwardCase {
  return {
    name: `${op} ${as}`,
    op,
    inputs: { x: numbers },
    lines: line(`y = ${op}(x) {${attributes}}`),
    ...(since === undefined ? {} : { since }),
  };
}

const POOLS: readonly BackwardCase[] = [
  ...['MaxPool', 'AveragePool'].flatMap((op) => [
    pool(op, 'of tiles', 'kernel_shape=[2, 2], strides=[2, 2]', image(2, 2, 4, 6)),
    pool(op, 'that leaves an edge', 'kernel_shape=[2, 2], strides=[2, 2]', image(2, 2, 5, 5)),
    pool(op, 'that overlaps', 'kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]', image(1, 2, 7, 6)),
    pool(op, 'of one axis', 'kernel_shape=[3], strides=[2], pads=[1, 0]', image(2, 2, 7)),
    pool(op, 'that rounds up', 'kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1', image(1, 2, 6, 6), 10),
    pool(op, 'of the same size', 'kernel_shape=[2, 3], auto_pad="SAME_UPPER"', image(1, 2, 3, 4)),
  ]),
  pool('MaxPool', 'with gaps', 'kernel_shape=[2, 2], dilations=[2, 1]', image(1, 2, 5, 4), 10),
  pool(
    'AveragePool',
    'that counts its padding',
    'kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 0, 1], count_include_pad=1',
    image(1, 2, 5, 4),
  ),
  pool('AveragePool', 'of the whole', 'kernel_shape=[3, 4]', image(2, 2, 3, 4)),
  one('GlobalAveragePool', '', { dims: [2, 3, 2, 4], declared: ['N', 3, 'H', 'W'] }),
  one('GlobalMaxPool', '', image(2, 3, 2, 4)),
];

function conv(as: string, attributes: string, x: Numbers, w: readonly number[], bias = true): BackwardCase {
  const b = { b: { dims: [w[0] ?? 1] } };
  return {
    name: `Conv ${as}`,
    op: 'Conv',
    inputs: { x, w: { dims: w, from: -1, to: 1 }, ...(bias ? b : {}) },
    lines: line(`y = Conv(x, w${bias ? ', b' : ''}) {${attributes}}`),
  };
}

const CONVOLUTIONS: readonly BackwardCase[] = [
  conv('plain', 'kernel_shape=[3, 3]', image(2, 2, 5, 4), [3, 2, 3, 3]),
  conv('padded', 'kernel_shape=[3, 3], pads=[1, 1, 1, 1]', image(2, 2, 4, 3), [3, 2, 3, 3]),
  conv('of points', 'kernel_shape=[1, 1]', image(2, 3, 2, 3), [4, 3, 1, 1]),
  conv('in steps', 'kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]', image(1, 2, 6, 5), [2, 2, 3, 3]),
  conv('of points in steps', 'kernel_shape=[1, 1], strides=[2, 2]', image(1, 2, 5, 4), [3, 2, 1, 1], false),
  conv('with gaps', 'kernel_shape=[2, 3], dilations=[2, 1]', image(1, 2, 5, 5), [2, 2, 2, 3]),
  conv(
    'padded unevenly',
    'kernel_shape=[2, 3], strides=[2, 1], pads=[0, 2, 1, 0]',
    image(1, 2, 5, 4),
    [2, 2, 2, 3],
  ),
  conv('of the same size', 'auto_pad="SAME_UPPER", strides=[2, 2]', image(1, 2, 5, 6), [2, 2, 3, 2]),
  conv('of one axis', 'kernel_shape=[3], pads=[1, 1], strides=[2]', image(2, 2, 6), [3, 2, 3]),
  conv('in groups', 'group=2, kernel_shape=[3, 3], pads=[1, 1, 1, 1]', image(2, 4, 4, 3), [6, 2, 3, 3]),
  conv(
    'by channel',
    'group=3, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]',
    image(2, 3, 5, 4),
    [3, 1, 3, 3],
  ),
  conv('by channel, two each', 'group=2, kernel_shape=[2, 2]', image(1, 2, 4, 4), [4, 1, 2, 2], false),
];

const LAYOUTS: readonly BackwardCase[] = [
  one('Flatten', 'axis=2', { declared: ['N', 3, 4] }),
  {
    name: 'Reshape',
    op: 'Reshape',
    inputs: { x: { dims: [2, 3, 4], declared: ['N', 3, 4] } },
    lines: () => ['initializer shape int64 [2] = -1, 6', 'y = Reshape(x, shape)'],
  },
  {
    name: 'Squeeze',
    op: 'Squeeze',
    inputs: { x: { dims: [2, 1, 3, 1], declared: ['N', 1, 3, 1] } },
    lines: listed('Squeeze', 'axes', [1, 3], 13),
  },
  {
    name: 'Unsqueeze',
    op: 'Unsqueeze',
    inputs: { x: { dims: [2, 3], declared: ['N', 3] } },
    lines: listed('Unsqueeze', 'axes', [0, 2], 13),
  },
  one('Transpose', 'perm=[1, 2, 0]'),
  one('Transpose', '', {}, { as: 'by default' }),
  {
    name: 'Concat',
    op: 'Concat',
    inputs: { a: { dims: [2, 1, 3] }, b: { dims: [2, 4, 3], declared: [2, 'T', 3] }, c: { dims: [2, 2, 3] } },
    lines: line('y = Concat(a, b, c) {axis=1}'),
  },
  {
    name: 'Split',
    op: 'Split',
    inputs: { x: { dims: [2, 6], declared: ['N', 6] } },
    lines: (opset) => [
      ...(opset < 13
        ? ['a, b, c = Split(x) {axis=1, split=[1, 3, 2]}']
        : ['initializer sizes int64 [3] = 1, 3, 2', 'a, b, c = Split(x, sizes) {axis=1}']),
      'y = Concat(c, a) {axis=-1}',
    ],
    since: 11,
  },
  { name: 'Slice', op: 'Slice', inputs: { x: { dims: [2, 5] } }, lines: slice([1], [3], [1]) },
  {
    name: 'Slice of the last, of an open size',
    op: 'Slice',
    inputs: { x: { dims: [2, 4, 3], declared: ['N', 'T', 3] } },
    lines: slice([-1], [2147483647], [1]),
  },
  {
    name: 'Slice of two axes',
    op: 'Slice',
    inputs: { x: { dims: [2, 4, 5], declared: ['N', 4, 5] } },
    lines: slice([1, -3], [3, -1], [1, 2]),
  },
  {
    name: 'Slice in steps',
    op: 'Slice',
    since: 10,
    inputs: { x: { dims: [2, 6] } },
    lines: slice([1], [6], [1], [2]),
  },
  {
    name: 'Gather of one',
    op: 'Gather',
    inputs: { x: { dims: [2, 4, 3], declared: ['N', 'T', 3] } },
    lines: () => ['initializer place int64 [] = 0', 'y = Gather(x, place) {axis=1}'],
  },
  {
    name: 'Gather of the last',
    op: 'Gather',
    since: 11,
    inputs: { x: { dims: [2, 4, 3], declared: ['N', 'T', 3] } },
    lines: () => ['initializer place int64 [] = -1', 'y = Gather(x, place) {axis=1}'],
  },
  {
    name: 'Gather of several, one twice',
    op: 'Gather',
    inputs: { x: { dims: [2, 4, 3], declared: ['N', 4, 3] } },
    lines: () => ['initializer places int64 [4] = 2, 0, 2, 3', 'y = Gather(x, places) {axis=1}'],
  },
  {
    name: 'Expand',
    op: 'Expand',
    since: 8,
    inputs: { x: { dims: [3, 1] } },
    lines: () => ['initializer shape int64 [3] = 2, 3, 4', 'y = Expand(x, shape)'],
  },
];

/** Every operator at least once, in the ways that its gradient tells apart. */
export const BACKWARD_CASES: readonly BackwardCase[] = [
  ...ELEMENTWISE,
  ...ARITHMETIC,
  ...PRODUCTS,
  ...NORMALISATIONS,
  ...REDUCTIONS,
  ...POOLS,
  ...CONVOLUTIONS,
  ...LAYOUTS,
];

/** Zeros as a Relu leaves them, and equal numbers: PyTorch alone can say which of them takes what flows back. */
const EQUALS: Numbers = { dims: [1, 1, 4, 4], data: [0, 0, 1, 1, 0, 0, 1, 2, 3, 3, 0, 0, 3, 3, 0, 0] };

export const CASES_OF_EQUALS: readonly BackwardCase[] = [
  pool('MaxPool', 'of equals', 'kernel_shape=[2, 2], strides=[2, 2]', EQUALS),
  pool('MaxPool', 'of equals that overlap', 'kernel_shape=[3, 3], pads=[1, 1, 1, 1]', EQUALS),
];
