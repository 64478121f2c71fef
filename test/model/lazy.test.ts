import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { create, withFields } from '#model/codec.js';
import { layoutMessage } from '#model/layout.js';
import { openModel } from '#model/open.js';
import type { MessageName, ModelProto, TensorProto } from '#model/proto.js';
import { bytesOf, bytesSource, type Source } from '#model/source.js';
import { makeTensor, readTensor } from '#model/tensors.js';
import { lead } from '#model/wire.js';
import { encodeModel } from '#model/write.js';
import { plant } from '../helpers/plant.ts';
import { modelOf, variedModel } from '../helpers/tiny-model.ts';

/** Bytes, and how many of them were asked for. */
function counted(bytes: Uint8Array): { readonly source: Source; readonly read: () => number } {
  let total = 0;
  const plain = bytesSource(bytes);
  const source: Source = {
    ...plain,
    open() {
      const reading = plain.open();
      const count = (length: number) => {
        total += length;
        return length;
      };
      return {
        read: (offset, length) => reading.read(offset, count(length)),
        readShared: (offset, length) => reading.readShared(offset, count(length)),
        close: reading.close,
      };
    },
  };
  return { source, read: () => total };
}

const large = makeTensor(
  'w',
  [256, 512],
  new Float32Array(1 << 17).map((_, i) => i),
);
const floats = create('TensorProto', {
  name: 'f',
  dims: [1 << 17],
  dataType: 1,
  floatData: [...new Float32Array(1 << 17).map((_, i) => i / 3)],
});
const ints = create('TensorProto', {
  name: 'i',
  dims: [1 << 17],
  dataType: 7,
  int64Data: Array.from({ length: 1 << 17 }, (_, i) => (i % 2 ? -i : i * 2 ** 30)),
});

/** Where a tensor may lie, and how it is found there again. */
const PLACES: readonly [
  string,
  (tensor: TensorProto) => Uint8Array,
  (model: ModelProto) => TensorProto | null | undefined,
][] = [
  [
    'an initializer',
    (tensor) => encodeModel(modelOf({ initializer: [tensor] })),
    (model) => model.graph?.initializer[0],
  ],
  [
    'a Constant in the body of a Loop',
    (tensor) => encodeModel(variedModel(tensor)),
    (model) => model.graph?.node[0]?.attribute[0]?.g?.node[0]?.attribute[0]?.t,
  ],
  [
    'a sparse initializer of a function body',
    (tensor) => {
      const sparse = create('AttributeProto', {
        name: 's',
        sparseTensor: create('SparseTensorProto', { values: tensor }),
      });
      return encodeModel(
        modelOf(
          {},
          { functions: [create('FunctionProto', { node: [create('NodeProto', { attribute: [sparse] })] })] },
        ),
      );
    },
    (model) => model.functions[0]?.node[0]?.attribute[0]?.sparseTensor?.values,
  ],
];

const TENSORS = [
  ['raw_data', large, 'rawData'],
  ['float_data', floats, 'floatData'],
  ['int64_data', ints, 'int64Data'],
] as const;

describe.each(PLACES)('%s', (_, write, find) => {
  it.each(TENSORS)('with large %s stays where it lies', (_, tensor, field) => {
    const bytes = write(tensor);
    const { source, read: bytesRead } = counted(bytes);
    const proto = openModel(source);
    expect(bytesRead()).toBeLessThan(64 * 1024);
    const found = find(proto);
    expect(found?.payload?.field).toBe(field);
    const model = { ...modelOf({}), proto };
    const whole = readTensor(model, tensor);
    const read = found && readTensor(model, found);
    expect(read?.dims).toEqual(whole.dims);
    expect(isDeepStrictEqual(read?.data, whole.data)).toBe(true);
    expect(Buffer.compare(bytesOf(layoutMessage('ModelProto', proto).parts), bytes)).toBe(0);
  });
});

describe('what is changed around large data', () => {
  it('does not read or move them', () => {
    const bytes = encodeModel(modelOf({ initializer: [large, makeTensor('b', [1], Float32Array.of(1))] }));
    const { source, read } = counted(bytes);
    const proto = openModel(source);
    const [w, b] = proto.graph?.initializer ?? [];
    if (!proto.graph || !w || !b) throw new Error('the model lost its tensors');
    const initializer = [withFields(w, { name: 'other' }), b];
    const { parts, byteLength } = layoutMessage(
      'ModelProto',
      withFields(proto, { graph: withFields(proto.graph, { initializer }) }),
    );
    expect(read()).toBeLessThan(64 * 1024);
    const again = openModel(bytesSource(bytesOf(parts)));
    expect(byteLength).toBe(bytes.length + 'other'.length - 'w'.length);
    expect(again.graph?.initializer.map(({ name }) => name)).toEqual(['other', 'b']);
    const moved = readTensor({ ...modelOf({}), proto: again }, again.graph?.initializer[0] ?? b);
    expect(isDeepStrictEqual(moved, readTensor(modelOf({}), large))).toBe(true);
  });

  it('neighbours that did not change are copied in one piece', () => {
    const many = Array.from({ length: 100 }, (_, i) => makeTensor(`t${i}`, [1], Float32Array.of(i)));
    const proto = openModel(bytesSource(encodeModel(modelOf({ initializer: many }))));
    if (!proto.graph) throw new Error('no graph');
    const initializer = proto.graph.initializer.filter((_, i) => i !== 50);
    const { parts } = layoutMessage('GraphProto', withFields(proto.graph, { initializer }));
    expect(parts.length).toBeLessThan(5);
  });

  it('unknown fields that are large stay where they lie, at every level that has some', () => {
    const strange = Buffer.concat([lead(1000, 1 << 17), new Uint8Array(1 << 17).fill(7)]);
    const name: MessageName = 'ModelProto';
    const bytes = plant(name, encodeModel(variedModel()), strange);
    const { source, read } = counted(bytes);
    const proto = openModel(source);
    expect(read()).toBeLessThan(bytes.length / 10);
    if (!proto.graph) throw new Error('no graph');
    const touched = withFields(proto, { graph: withFields(proto.graph, { docString: 'other' }) });
    const again = bytesOf(layoutMessage(name, touched).parts);
    const count = (text: Uint8Array) =>
      Buffer.from(text)
        .toString('latin1')
        .split('\x07'.repeat(1 << 17)).length;
    expect(count(again)).toBe(count(bytes));
    expect(count(bytes)).toBeGreaterThan(20);
  });
});
