import { create } from '#model/codec.js';
import type { Model } from '#model/model.js';
import type { GraphProto, NodeProto } from '#model/proto.js';
import { BYTES, lead, varint } from '#model/wire.js';
import { encodeModel } from '#model/write.js';
import { modelOf } from '../helpers/tiny-model.ts';
import { writtenModel } from '../helpers/written-model.ts';

/** A file that asks for more than it is, by what it asks for. Made when it is needed: some are megabytes. */
export type Hostile = readonly [title: string, bytes: () => Uint8Array];

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const written = (...lines: readonly string[]) => encodeModel(writtenModel(lines.join('\n')));
const HUGE = 2 ** 60;

/** Shapes that lie. */
export const SHAPES: readonly Hostile[] = [
  [HUGE, 1],
  [1, HUGE],
  [HUGE, HUGE],
  [HUGE, 0],
  [2 ** 28, 1],
  [2 ** 31, 2],
  [2 ** 24, 2 ** 24],
  [-1, -2],
  [3, -4],
].flatMap(([rows = 0, columns = 0]): Hostile[] => [
  [`a weight of [${rows}, ${columns}]`, () => weighted([rows, columns], 48)],
  [`a weight of [${rows}, ${columns}] of which nothing is stored`, () => weighted([rows, columns], null)],
  [`a bias of [${rows}]`, () => biased([rows], 48)],
]);

function weighted(dims: readonly number[], bytes: number | null): Uint8Array {
  const w = create('TensorProto', {
    name: 'w',
    dims,
    dataType: 1,
    ...(bytes !== null && { rawData: new Uint8Array(bytes) }),
  });
  return encodeModel(classifier({ initializer: [w] }, ['x', 'w']));
}

function biased(dims: readonly number[], bytes: number): Uint8Array {
  const w = create('TensorProto', { name: 'w', dims: [4, 3], dataType: 1, rawData: new Uint8Array(48) });
  const b = create('TensorProto', { name: 'b', dims, dataType: 1, rawData: new Uint8Array(bytes) });
  return encodeModel(classifier({ initializer: [w, b] }, ['x', 'w', 'b']));
}

/** `x → Gemm → y`. */
function classifier(content: Partial<GraphProto>, input: readonly string[]): Model {
  return modelOf({
    input: [create('ValueInfoProto', { name: 'x' })],
    output: [create('ValueInfoProto', { name: 'y' })],
    node: [create('NodeProto', { opType: 'Gemm', name: 'fc', input, output: ['y'] })],
    ...content,
  });
}

/** Constants that unfold. */
export const BOMBS: readonly Hostile[] = [
  [
    'a weight that is doubled thirty times',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer c0 float32 [2, 2]',
        ...numbers(30).map((i) => `c${i + 1} = Concat(c${i}, c${i}) {axis=1}`),
        'y = MatMul(x, c30)',
        'output y',
      ),
  ],
  [
    'a weight that is doubled sixty times in its declared rank',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer c0 float32 [2, 2]',
        ...numbers(60).map((i) => `c${i + 1} = Concat(c${i}, c${i}) {axis=1}`),
        'y = MatMul(x, c60)',
        'output y',
      ),
  ],
  [
    'a weight that is stretched to 2^27 numbers',
    () =>
      written(
        'input x float32 [N, 8192]',
        'initializer a float32 [1, 1]',
        'initializer s int64 [2] = 8192, 16384',
        'w = Expand(a, s)',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a weight of 2^60 numbers',
    () =>
      written(
        'input x float32 [N, 2]',
        `initializer s int64 [2] = 2, ${HUGE}`,
        'w = ConstantOfShape(s)',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a column and a row that make 2^28 numbers',
    () =>
      written(
        'input x float32 [N, 16384]',
        'initializer a float32 [16384, 1]',
        'initializer b float32 [1, 16384]',
        'w = Add(a, b)',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a product of 2^28 numbers',
    () =>
      written(
        'input x float32 [N, 16384]',
        'initializer a float32 [16384, 1]',
        'initializer b float32 [1, 16384]',
        'w = MatMul(a, b)',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a chain of 10,000 operators on a weight',
    () =>
      written(
        'input x float32 [N, 128]',
        'initializer c0 float32 [128, 128]',
        ...numbers(10_000).map((i) => `c${i + 1} = Add(c${i}, c${i})`),
        'y = MatMul(x, c10000)',
        'output y',
      ),
  ],
  [
    'a slice of 2^40 steps',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer a float32 [2, 4]',
        `w = Slice(a) {axes=[1], starts=[0], ends=[${2 ** 40}]}`,
        'opset 9',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a reshape to 2^40',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer a float32 [2, 4]',
        `initializer s int64 [2] = 2, ${2 ** 40}`,
        'w = Reshape(a, s)',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'an axis of 2^40',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer a float32 [2, 4]',
        `w = ReduceSum(a) {axes=[${2 ** 40}]}`,
        'opset 11',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a rank of a million',
    () =>
      written(
        'input x float32 [N, 2]',
        `initializer a float32 [${'1, '.repeat(99_999)}1]`,
        'y = MatMul(x, a)',
        'output y',
      ),
  ],
  [
    'an unsqueeze to a rank of 100,000',
    () =>
      written(
        'opset 11',
        'input x float32 [N, 2]',
        ...numbers(100).map(
          (i) => `v${i + 1} = Unsqueeze(${i === 0 ? 'x' : `v${i}`}) {axes=[${numbers(1000)}]}`,
        ),
        'output v100',
      ),
  ],
];

/** Bodies in bodies, each with so many nodes around the next. */
function nestedBodies(depth: number, nodes: number, inner: number): Uint8Array {
  const plain = (level: number, count: number) =>
    numbers(count).map((i) =>
      create('NodeProto', { opType: 'Identity', input: ['x'], output: [`l${level}n${i}`] }),
    );
  let node: NodeProto = create('NodeProto', { opType: 'Identity', input: ['x'], output: ['y'] });
  for (let level = 0; level < depth; level++) {
    const g = create('GraphProto', {
      node: [...plain(level, level === 0 ? inner : nodes), node],
      output: [create('ValueInfoProto', { name: 'y' })],
    });
    const attribute = create('AttributeProto', { name: 'body', type: 5, g });
    node = create('NodeProto', { opType: 'If', input: ['x'], output: ['y'], attribute: [attribute] });
  }
  const w = create('TensorProto', { name: 'w', dims: [2, 3], dataType: 1, rawData: new Uint8Array(24) });
  return encodeModel(
    modelOf({
      node: [node, create('NodeProto', { opType: 'MatMul', input: ['y', 'w'], output: ['labels'] })],
      input: [create('ValueInfoProto', { name: 'x' })],
      output: [create('ValueInfoProto', { name: 'labels' })],
      initializer: [w],
    }),
  );
}

const field = (id: number, content: Uint8Array) => Buffer.concat([lead(id, content.length), content]);

/** Fields in fields, without making any message: of a depth that no writer of ours could. */
function nestedFields(depth: number, way: readonly number[], padding = 0): Uint8Array {
  // From the inside out, the leads alone: content of a level is all that is inside of it.
  const leads: Uint8Array[] = [];
  let length = padding;
  for (let level = 0; level < depth; level++) {
    const each = lead(way[(depth - 1 - level) % way.length] ?? 1, length);
    leads.push(each);
    length += each.length;
  }
  return Buffer.concat([...leads.reverse(), new Uint8Array(padding)]);
}

const groups = (depth: number) =>
  Buffer.concat([
    Uint8Array.from(new Array(depth).fill(varint(1000 * 8 + 3)).flat()),
    Uint8Array.from(new Array(depth).fill(varint(1000 * 8 + 4)).flat()),
  ]);

export const NESTED: readonly Hostile[] = [
  ['bodies 30 deep, 300 nodes each', () => nestedBodies(30, 300, 300)],
  ['bodies 24 deep, 30,000 nodes in the innermost', () => nestedBodies(24, 0, 30_000)],
  [
    'fields of graphs 10,000 deep',
    () => nestedFields(10_000, [7, 1, 5, 6].concat(new Array(9997).fill(0).flatMap(() => [1, 5, 6]))),
  ],
  [
    'fields of graphs 10,000 deep with 200 kB inside',
    () => nestedFields(10_000, [7, ...numbers(3333).flatMap(() => [1, 5, 6])], 200_000),
  ],
  ['functions 10,000 deep', () => nestedFields(10_000, [25, ...numbers(3333).flatMap(() => [7, 5, 6, 1])])],
  ['types 10,000 deep', () => nestedFields(10_000, [7, 11, 2, ...numbers(5000).flatMap(() => [4, 1])])],
  ['groups 10,000 deep', () => groups(10_000)],
  ['groups 10,000 deep in a node', () => field(7, field(1, groups(10_000)))],
  ['groups 60 deep, a thousand times', () => Buffer.concat(new Array(1000).fill(groups(60)))],
];

/** Names that are there twice, and ways that lead back. */
export const CIRCLES: readonly Hostile[] = [
  [
    'a circle of 10,000 nodes',
    () =>
      written(
        'input x float32 [N, 2]',
        ...numbers(10_000).map((i) => `v${i} = Identity(v${(i + 1) % 10_000})`),
        'output v0',
      ),
  ],
  [
    '10,000 nodes that all make one value',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer w float32 [2, 3]',
        ...numbers(10_000).map(() => 'y = MatMul(x, w) # n'),
        'output y',
      ),
  ],
  [
    '10,000 nodes that read themselves',
    () =>
      written(
        'input x float32 [N, 2]',
        ...numbers(10_000).map((i) => `v${i} = Add(v${i}, v${i})`),
        'output v1',
      ),
  ],
  [
    'a function that calls itself',
    () =>
      encodeModel(
        modelOf(
          {
            node: [create('NodeProto', { domain: 'm', opType: 'f', input: ['x'], output: ['y'] })],
            output: [create('ValueInfoProto', { name: 'y' })],
          },
          {
            functions: [
              create('FunctionProto', {
                domain: 'm',
                name: 'f',
                input: ['x'],
                output: ['y'],
                node: [create('NodeProto', { domain: 'm', opType: 'f', input: ['x'], output: ['y'] })],
              }),
            ],
          },
        ),
      ),
  ],
  [
    'functions that double, forty times',
    () =>
      encodeModel(
        modelOf(
          {
            node: [create('NodeProto', { domain: 'm', opType: 'f0', input: ['x'], output: ['y'] })],
            output: [create('ValueInfoProto', { name: 'y' })],
          },
          {
            functions: numbers(40).map((i) =>
              create('FunctionProto', {
                domain: 'm',
                name: `f${i}`,
                input: ['x'],
                output: ['y'],
                node: [
                  create('NodeProto', { domain: 'm', opType: `f${i + 1}`, input: ['x'], output: ['a'] }),
                  create('NodeProto', { domain: 'm', opType: `f${i + 1}`, input: ['a'], output: ['y'] }),
                ],
              }),
            ),
          },
        ),
      ),
  ],
  [
    '10,000 outputs of one name',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer w float32 [2, 3]',
        'y = MatMul(x, w)',
        ...numbers(10_000).map(() => 'output y'),
      ),
  ],
  [
    '10,000 inputs and weights of one name',
    () =>
      written(
        ...numbers(10_000).flatMap(() => [
          'input x float32 [N, 2]',
          'initializer x float32 [2]',
          'value x float32 [N, 9]',
        ]),
        'initializer w float32 [2, 3]',
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'one node with 100,000 inputs and outputs',
    () =>
      written(
        'input x float32 [N, 2]',
        `${numbers(100_000).map((i) => `o${i}`)} = Split(${numbers(100_000).map(() => 'x')})`,
        'output o7',
      ),
  ],
  [
    'one Sum of 100,000 weights',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer w float32 [2, 3]',
        `v = Sum(${numbers(100_000).map(() => 'w')})`,
        'y = MatMul(x, v)',
        'output y',
      ),
  ],
  [
    'one Max of 100,000 weights',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer w float32 [2, 3]',
        `v = Max(${numbers(100_000).map(() => 'w')})`,
        'y = MatMul(x, v)',
        'output y',
      ),
  ],
  [
    '400 Concats of 400 inputs',
    () =>
      written(
        'input x float32 [N, 2]',
        ...numbers(400).map(
          (i) => `v${i} = Concat(${numbers(400).map(() => (i === 0 ? 'x' : `v${i - 1}`))}) {axis=1}`,
        ),
        'output v399',
      ),
  ],
  [
    '20,000 names for labels and loss',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer w float32 [2, 3]',
        ...numbers(20_000).map((i) => `labels_${i} = Identity(x) # loss_${i}`),
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    'a name of 20,000 letters, 50 times',
    () =>
      written(
        'input x float32 [N, 2]',
        'initializer w float32 [2, 3]',
        ...numbers(50).map((i) => `${'n'.repeat(20_000)}${i} = Identity(x)`),
        'y = MatMul(x, w)',
        'output y',
      ),
  ],
  [
    '10,000 metadata of one key',
    () =>
      encodeModel(
        modelOf(
          {},
          {
            metadataProps: numbers(10_000).map(() =>
              create('StringStringEntryProto', { key: 'onnx_margin.head', value: 'x' }),
            ),
          },
        ),
      ),
  ],
  [
    '100,000 opset imports',
    () =>
      encodeModel(
        modelOf(
          {},
          {
            opsetImport: numbers(100_000).map((version) =>
              create('OperatorSetIdProto', { domain: '', version }),
            ),
          },
        ),
      ),
  ],
];

/** Lengths of what is not there, and files of nothing but structure. */
export const LENGTHS: readonly Hostile[] = [
  ...[1000, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 53].map(
    (length): Hostile => [
      `a graph of ${length} bytes that are not there`,
      () => Buffer.concat([lead(7, length), new Uint8Array(10)]),
    ],
  ),
  [
    'a graph of 2^60 bytes',
    () => Uint8Array.from([...varint(7 * 8 + BYTES), 128, 128, 128, 128, 128, 128, 128, 128, 16, 0]),
  ],
  [
    'half a million empty nodes',
    () =>
      field(
        7,
        Uint8Array.from({ length: 1_000_000 }, (_, i) => (i % 2 ? 0 : 10)),
      ),
  ],
  [
    'half a million empty tensors',
    () =>
      field(
        7,
        Uint8Array.from({ length: 1_000_000 }, (_, i) => (i % 2 ? 0 : 42)),
      ),
  ],
  [
    'half a million empty attributes',
    () =>
      field(
        7,
        field(
          1,
          Uint8Array.from({ length: 1_000_000 }, (_, i) => (i % 2 ? 0 : 42)),
        ),
      ),
  ],
  [
    'half a million dimensions',
    () =>
      field(
        7,
        field(
          5,
          Uint8Array.from({ length: 1_000_000 }, (_, i) => (i % 2 ? 1 : 8)),
        ),
      ),
  ],
  [
    'a packed list of a million numbers',
    () => field(7, field(5, field(1, new Uint8Array(1_000_000).fill(1)))),
  ],
];

export const HOSTILE_MODELS: readonly Hostile[] = [...SHAPES, ...BOMBS, ...NESTED, ...CIRCLES, ...LENGTHS];
