import { expect, it } from 'vitest';
import {
  attribute,
  floatAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  subgraphs,
  tensorAttribute,
} from '#graph/attributes.js';
import { create, decode, encode } from '#model/codec.js';
import { bodyOf, node, zeros } from '../helpers/tiny-graph.ts';

const read = decode(
  'NodeProto',
  encode(
    'NodeProto',
    node(
      'Odd',
      '',
      '',
      { axis: -1, pads: [0, 2], none: [], mode: 'ü', value: zeros('t', [2]), body: bodyOf([], 'a') },
      {},
    ),
  ),
);
const bare = create('NodeProto', { attribute: [create('AttributeProto', { name: 'axis' })] });

it('attributes are read by name and kind', () => {
  expect(attribute(read, 'axis')?.name).toBe('axis');
  expect(intAttribute(read, 'axis', 1)).toBe(-1);
  expect(intsAttribute(read, 'pads')).toEqual([0, 2]);
  expect(stringAttribute(read, 'mode', '')).toBe('ü');
  expect(tensorAttribute(read, 'value')?.name).toBe('t');
  const scaled = create('NodeProto', {
    attribute: [create('AttributeProto', { name: 'alpha', type: 1, f: 0.5 })],
  });
  expect(floatAttribute(scaled, 'alpha', 1)).toBe(0.5);
});

it('an attribute that is absent has the value that is said, an empty list is not absent', () => {
  expect(intAttribute(read, 'nothing', 1)).toBe(1);
  expect(floatAttribute(read, 'nothing', 1)).toBe(1);
  expect(stringAttribute(read, 'nothing', 'NOTSET')).toBe('NOTSET');
  expect([intsAttribute(read, 'nothing'), intsAttribute(read, 'none')]).toEqual([null, []]);
  expect([
    attribute(read, 'nothing'),
    tensorAttribute(read, 'nothing'),
    tensorAttribute(read, 'axis'),
  ]).toEqual([null, null, null]);
});

it('an attribute without a value has the default of its kind', () => {
  expect([
    intAttribute(bare, 'axis', 1),
    floatAttribute(bare, 'axis', 1),
    stringAttribute(bare, 'axis', 'x'),
  ]).toEqual([0, 0, '']);
});

it('bodies are found one by one and in lists', () => {
  const [a, b, c] = [bodyOf([], 'a'), bodyOf([], 'b'), bodyOf([], 'c')];
  const many = create('NodeProto', {
    attribute: [
      create('AttributeProto', { name: 'g', g: a }),
      create('AttributeProto', { name: 'gs', graphs: [b, c] }),
    ],
  });
  expect(subgraphs(many)).toEqual([a, b, c]);
  expect(subgraphs(read).length).toBe(1);
});
