import { describe, expect, it } from 'vitest';
import {
  declaredFacts,
  elementOf,
  sparseFacts,
  tensorFacts,
  tensorInfo,
  UNKNOWN,
} from '#graph/value-info.js';
import { create, decode, encode } from '#model/codec.js';
import type { DimensionProto } from '#model/proto.js';
import { zeros } from '../helpers/tiny-graph.ts';

const declared = (...dims: readonly Partial<DimensionProto>[]) =>
  create('ValueInfoProto', {
    type: create('TypeProto', {
      tensorType: create('TensorTypeProto', {
        elemType: 1,
        shape: create('TensorShapeProto', { dim: dims.map((dim) => create('DimensionProto', dim)) }),
      }),
    }),
  });

describe('declarations', () => {
  it.each([
    ['float32', ['N', 3, null]],
    ['int64', []],
    ['bool', null],
  ] as const)('say again what they were made of: %s %j', (element, shape) => {
    const info = tensorInfo('v', element, shape);
    expect(info.name).toBe('v');
    expect(declaredFacts(info)).toEqual({ element, shape });
    expect(declaredFacts(decode('ValueInfoProto', encode('ValueInfoProto', info)))).toEqual({
      element,
      shape,
    });
  });

  it('with 0, -1, "?" or nothing mean a size that varies', () => {
    const info = declared(
      { dimValue: 0 },
      { dimValue: -1 },
      { dimParam: '?' },
      { dimParam: '' },
      {},
      { dimValue: 2 },
    );
    expect(declaredFacts(info).shape).toEqual([null, null, null, null, null, 2]);
  });

  it('of what is no tensor, or of no type, say nothing', () => {
    const other = create('ValueInfoProto', { name: 'v', type: create('TypeProto') });
    expect([null, create('ValueInfoProto'), other].map(declaredFacts)).toEqual([UNKNOWN, UNKNOWN, UNKNOWN]);
  });
});

it('stored tensors say what they are', () => {
  expect(tensorFacts(zeros('w', [2, 0]))).toEqual({ element: 'float32', shape: [2, 0] });
  expect(sparseFacts(create('SparseTensorProto', { dims: [5, 5], values: zeros('s', [1]) }))).toEqual({
    element: 'float32',
    shape: [5, 5],
  });
  expect(sparseFacts(create('SparseTensorProto'))).toEqual({ element: null, shape: [] });
});

it('element types that are none or not handled have no name', () => {
  expect([1, 16, 0, 17, -1, undefined].map(elementOf)).toEqual([
    'float32',
    'bfloat16',
    null,
    null,
    null,
    null,
  ]);
});
