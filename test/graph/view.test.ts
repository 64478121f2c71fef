import { describe, expect, it } from 'vitest';
import { tensorInfo } from '#graph/value-info.js';
import { isStandard, operatorOf, viewGraph } from '#graph/view.js';
import { create } from '#model/codec.js';
import { refusalOf } from '../helpers/refusal.ts';
import { bodyOf, node, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const opset = (domain: string | undefined, version: number) =>
  create('OperatorSetIdProto', { ...(domain === undefined ? {} : { domain }), version });

describe('who makes a value and who reads it', () => {
  const first = node('Relu', 'x', 'a');
  const both = node('Add', 'a a', 'b');
  const split = node('Dropout', 'a - -', 'c -');
  const last = node('Add', 'b c', 'y');
  const view = viewGraph(
    modelOf({ node: [first, both, split, last], input: [tensorInfo('x', 'float32', [])] }),
  );

  it('finds the producer', () => {
    expect([view.producer('a'), view.producer('c'), view.producer('y')]).toEqual([first, split, last]);
    expect([view.producer('x'), view.producer('nothing'), view.producer('')]).toEqual([null, null, null]);
  });

  it('lists consumers once each, in file order', () => {
    expect(view.consumers('a')).toEqual([both, split]);
    expect([...view.consumers('y'), ...view.consumers(''), ...view.consumers('nothing')]).toEqual([]);
  });

  it('lists what a node reads without the inputs that are left out', () => {
    expect([view.reads(both), view.reads(split)]).toEqual([['a'], ['a']]);
  });

  it('tells the place of a node, and of none that is not in the file', () => {
    expect([view.index(split), view.index(node('Relu', 'x', 'a'))]).toEqual([2, -1]);
  });

  it('takes the first of two nodes that claim one value', () => {
    const [one, other] = [node('Relu', 'x', 'a'), node('Tanh', 'x', 'a')];
    expect(viewGraph(modelOf({ node: [one, other] })).producer('a')).toBe(one);
  });
});

describe('bodies', () => {
  const inner = node('If', 'flag', 'i', {
    then_branch: bodyOf([node('Mul', 'deep carried', 't')], 't'),
    else_branch: bodyOf([], 'outer'),
  });
  const loop = node('Loop', 'n - start', 'end', {
    body: bodyOf([node('Identity', 'condition', 'again'), inner], 'again i', 'step condition carried'),
  });
  const view = viewGraph(modelOf({ node: [node('Relu', 'x', 'deep'), loop] }));

  it('read what they take from outside, at any depth, and not their own', () => {
    expect(view.reads(loop)).toEqual(['n', 'start', 'flag', 'deep', 'outer']);
    expect(view.consumers('deep')).toEqual([loop]);
    expect(view.consumers('carried')).toEqual([]);
  });

  it('count towards the names in use', () => {
    for (const name of ['x', 'deep', 'n', 'end', 't', 'i', 'step', 'carried', 'outer'])
      expect(view.names.has(name), name).toBe(true);
    expect(view.names.has('')).toBe(false);
  });
});

describe('inputs', () => {
  const x = tensorInfo('x', 'float32', ['N', 4]);
  const w = tensorInfo('w', 'float32', [4]);
  const s = tensorInfo('s', 'float32', [4]);
  const stored = {
    initializer: [zeros('w', [4])],
    sparseInitializer: [create('SparseTensorProto', { dims: [4], values: zeros('s', [1]) })],
  };

  it('are those that a caller must feed: no initializers, dense or sparse', () => {
    const view = viewGraph(modelOf({ ...stored, input: [x, w, s] }, { irVersion: 3 }));
    expect(view.irVersion).toBe(3);
    expect(view.inputs).toEqual([x]);
    expect([view.input('x'), view.input('w'), view.input('s')]).toEqual([x, null, null]);
    expect([view.initializer('w')?.name, view.initializer('x')]).toEqual(['w', null]);
  });

  it('are all there are where initializers are not among them', () => {
    const view = viewGraph(modelOf({ ...stored, input: [x] }));
    expect(view.inputs).toEqual([x]);
    expect([view.initializer('w')?.name, view.valueInfo('w')]).toEqual(['w', null]);
  });
});

describe('what a file declares of a value', () => {
  it('is taken from outputs first, then inputs, then value_info', () => {
    const declared = (rank: number) => tensorInfo('v', 'float32', new Array(rank).fill(1));
    const [inside, input, output] = [declared(1), declared(2), declared(3)];
    expect(viewGraph(modelOf({ valueInfo: [inside] })).valueInfo('v')).toBe(inside);
    expect(viewGraph(modelOf({ valueInfo: [inside], input: [input] })).valueInfo('v')).toBe(input);
    expect(viewGraph(modelOf({ valueInfo: [inside], input: [input], output: [output] })).valueInfo('v')).toBe(
      output,
    );
  });
});

describe('the opset', () => {
  const plain = [node('Relu', 'x', 'y')];
  const spelled = [
    node('ZipMap', 'x', 'y', {}, { domain: 'ai.onnx.ml' }),
    node('Relu', 'x', 'z', {}, { domain: 'ai.onnx' }),
  ];
  it.each([
    ['of the empty domain', plain, [opset('', 17)], 17],
    ['of a domain that is left out', plain, [opset(undefined, 13)], 13],
    ['of "ai.onnx"', plain, [opset('ai.onnx', 12)], 12],
    ['among others', plain, [opset('ai.onnx.ml', 3), opset('', 15)], 15],
    ['of both, by the spelling of the nodes: ""', plain, [opset('ai.onnx', 12), opset('', 17)], 17],
    ['of both, by the spelling of the nodes: "ai.onnx"', spelled, [opset('', 17), opset('ai.onnx', 12)], 12],
    ['of both without a node', [], [opset('ai.onnx', 12), opset('', 17)], 17],
    ['only of another domain', plain, [opset('ai.onnx.ml', 3)], 0],
    ['of none at all, as in files of IR 1 and 2', plain, [], 1],
  ])('%s', (_, nodes, opsetImport, expected) => {
    expect(viewGraph(modelOf({ node: nodes }, { opsetImport })).opset).toBe(expected);
  });
});

describe('handles and labels', () => {
  const named = (name: string | undefined, opType = 'Relu', domain = '') =>
    create('NodeProto', { opType, domain, ...(name === undefined ? {} : { name }) });
  const nodes = [
    named('a'),
    named(undefined),
    named(''),
    named('twice'),
    named('twice'),
    named('b', 'ZipMap', 'ai.onnx.ml'),
  ];
  const view = viewGraph(modelOf({ node: nodes }));

  it('a node is called by its name where that is its own, else by its place', () => {
    expect(nodes.map(view.handle)).toEqual(['a', '#1', '#2', '#3', '#4', 'b']);
  });

  it('a label says operator and name, or place', () => {
    expect(nodes.map(view.label)).toEqual([
      'Relu "a"',
      'Relu #1',
      'Relu #2',
      'Relu "twice"',
      'Relu "twice"',
      'ai.onnx.ml::ZipMap "b"',
    ]);
  });

  it('operators of both spellings of the standard domain are standard', () => {
    expect([{}, { domain: '' }, { domain: 'ai.onnx' }, { domain: 'ai.onnx.ml' }].map(isStandard)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(operatorOf(named('n', 'Gemm', 'ai.onnx'))).toBe('Gemm');
  });
});

it('a model without a graph is refused', async () => {
  const model = { ...modelOf({}), proto: create('ModelProto', { irVersion: 8 }) };
  expect((await refusalOf(() => viewGraph(model))).code).toBe('UNREADABLE_MODEL');
});
