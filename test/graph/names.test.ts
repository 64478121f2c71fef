import { describe, expect, it } from 'vitest';
import { definedNames, namesInUse, readsOf } from '#graph/names.js';
import { tensorInfo } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import { bodyOf, node, zeros } from '../helpers/tiny-graph.ts';

const graph = create('GraphProto', {
  input: [tensorInfo('x', 'float32', null)],
  initializer: [zeros('w', [1])],
  sparseInitializer: [create('SparseTensorProto', { values: zeros('s', [1]) })],
  node: [
    node('Gemm', 'x w', 'y -', {}, { name: 'fc' }),
    node('If', 'y', 'z', { then_branch: bodyOf([node('Relu', 'w', 'inner')], 'inner') }),
  ],
  output: [tensorInfo('z', 'float32', null)],
  valueInfo: [tensorInfo('stale', 'float32', null)],
});

describe('names', () => {
  it('defined: inputs, initializers of both kinds, what nodes make; nothing of the bodies', () => {
    expect([...definedNames(graph)].sort()).toEqual(['s', 'w', 'x', 'y', 'z']);
  });

  it('in use: all of these, nodes, what is only declared, and the bodies', () => {
    expect([...namesInUse(graph)].sort()).toEqual(['fc', 'inner', 's', 'stale', 'w', 'x', 'y', 'z']);
  });

  it('read: a body that gives out an outer value reads it, an initializer of its own it does not', () => {
    const own = create('GraphProto', {
      initializer: [zeros('k', [1])],
      node: [node('Add', 'k outer', 'sum')],
      output: [tensorInfo('sum', 'float32', null)],
    });
    expect(readsOf(node('If', 'flag', 'r', { then_branch: bodyOf([], 'passed'), else_branch: own }))).toEqual(
      ['flag', 'passed', 'outer'],
    );
  });
});
