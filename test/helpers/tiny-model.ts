import { create } from '#model/codec.js';
import type { Model } from '#model/model.js';
import type { GraphProto, ModelProto, TensorProto } from '#model/proto.js';
import { makeTensor } from '#model/tensors.js';

/** A model of this content that nobody read. */
export function modelOf(graph: Partial<GraphProto>, rest: Partial<ModelProto> = {}): Model {
  const proto = create('ModelProto', {
    irVersion: 8,
    producerName: 'a test',
    opsetImport: [create('OperatorSetIdProto', { domain: '', version: 17 })],
    ...rest,
    graph: create('GraphProto', { name: 'g', ...graph }),
  });
  return { proto, bytes: 0, sha256: () => '' };
}

/** A model with a bit of everything: lists, bytes, a tensor in an attribute, a subgraph, a function, metadata. */
export function variedModel(
  weight: TensorProto = makeTensor('w', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
): Model {
  const body = create('GraphProto', {
    name: 'body',
    node: [
      create('NodeProto', {
        opType: 'Constant',
        output: ['c'],
        attribute: [create('AttributeProto', { name: 'value', type: 4, t: weight })],
      }),
    ],
    output: [create('ValueInfoProto', { name: 'c' })],
  });
  const loop = create('NodeProto', {
    opType: 'Loop',
    name: 'loop',
    input: ['n', ''],
    output: ['y'],
    attribute: [
      create('AttributeProto', { name: 'body', type: 5, g: body }),
      create('AttributeProto', { name: 'ints', type: 7, ints: [1, -1, 2 ** 40] }),
      create('AttributeProto', { name: 'floats', type: 6, floats: [0.5, -0] }),
      create('AttributeProto', { name: 'text', type: 3, s: Buffer.from('ü') }),
    ],
  });
  const twice = create('FunctionProto', {
    name: 'twice',
    domain: 'mine',
    input: ['x'],
    output: ['y'],
    node: [create('NodeProto', { opType: 'Add', input: ['x', 'x'], output: ['y'] })],
    opsetImport: [create('OperatorSetIdProto', { version: 17 })],
  });
  const metadataProps = [create('StringStringEntryProto', { key: 'k', value: 'v' })];
  return modelOf(
    { node: [loop], initializer: [weight], docString: 'a graph' },
    { functions: [twice], metadataProps },
  );
}
