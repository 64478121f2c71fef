import { describe, expect, it } from 'vitest';
import { renameValues } from '#graph/rename.js';
import { tensorInfo } from '#graph/value-info.js';
import { create, decode, encode, unknownFields } from '#model/codec.js';
import type { GraphProto } from '#model/proto.js';
import { plant } from '../helpers/plant.ts';
import { bodyOf, node, zeros } from '../helpers/tiny-graph.ts';

const info = (name: string) => tensorInfo(name, 'float32', ['N']);
const SWAP = new Map([
  ['a', 'b'],
  ['b', 'a'],
]);

/** A graph that has `one` and `other` in every place where a value has a name. */
function graphWith(one: string, other: string): GraphProto {
  const nested = node('If', one, 'r', {
    then_branch: bodyOf([node('Add', `${one} ${other}`, 't')], 't'),
    else_branch: bodyOf([], other),
  });
  const many = create('NodeProto', {
    opType: 'Odd',
    attribute: [create('AttributeProto', { name: 'gs', type: 10, graphs: [bodyOf([], one)] })],
  });
  return create('GraphProto', {
    name: 'a',
    input: [info(one), info('x')],
    initializer: [zeros(other, [1])],
    sparseInitializer: [create('SparseTensorProto', { dims: [2], values: zeros(one, [1]) })],
    node: [
      node('Add', `${one} x ${other}`, `${other} y ${one}`, {}, { name: 'a' }),
      node('Loop', 'x', 'z', { body: bodyOf([nested], `${one} r`, other) }),
      many,
    ],
    output: [info(other)],
    valueInfo: [info(one), info(other)],
    quantizationAnnotation: [
      create('TensorAnnotation', {
        tensorName: one,
        quantParameterTensorNames: [create('StringStringEntryProto', { key: 'SCALE_TENSOR', value: other })],
      }),
    ],
  });
}

describe('renameValues', () => {
  it('exchanges two names in every place, bodies included; names of nodes and graphs are others', () => {
    expect(renameValues(graphWith('a', 'b'), SWAP)).toEqual(graphWith('b', 'a'));
  });

  it('does not follow a new name', () => {
    const graph = create('GraphProto', { node: [node('Add', 'a b', 'c')] });
    const renamed = renameValues(
      graph,
      new Map([
        ['a', 'b'],
        ['b', 'c2'],
      ]),
    );
    expect(renamed.node[0]?.input).toEqual(['b', 'c2']);
  });

  it('leaves what does not change as the same objects', () => {
    const body = node('If', 'x', 'r', { then_branch: bodyOf([node('Relu', 'x', 't')], 't') });
    const graph = create('GraphProto', {
      node: [body, node('Relu', 'x', 'y'), node('Relu', 'a', 'z')],
      initializer: [zeros('w', [1])],
      input: [info('x')],
      sparseInitializer: [create('SparseTensorProto', { values: zeros('s', [1]) })],
      quantizationAnnotation: [create('TensorAnnotation', { tensorName: 'y' })],
    });
    const renamed = renameValues(graph, SWAP);
    expect([
      renamed.node[0] === body,
      renamed.node[1] === graph.node[1],
      renamed.node[2] === graph.node[2],
    ]).toEqual([true, true, false]);
    for (const field of ['initializer', 'input', 'sparseInitializer', 'quantizationAnnotation'] as const)
      expect(renamed[field][0], field).toBe(graph[field][0]);
    expect(renameValues(graph, new Map())).toBe(graph);
  });

  it('does not change the graph it is given', () => {
    const graph = graphWith('a', 'b');
    renameValues(graph, SWAP);
    expect(graph).toEqual(graphWith('a', 'b'));
  });

  it('keeps fields that are not known', () => {
    const planted = decode('GraphProto', plant('GraphProto', encode('GraphProto', graphWith('a', 'b'))));
    const renamed = renameValues(planted, SWAP);
    const inside = renamed.node[1]?.attribute[0];
    const messages = [
      renamed,
      renamed.node[0],
      renamed.initializer[0],
      renamed.sparseInitializer[0],
      renamed.quantizationAnnotation[0],
      inside,
      inside?.g,
    ];
    expect(messages.map((message) => unknownFields(message ?? {}).length)).toEqual(messages.map(() => 4));
  });
});
