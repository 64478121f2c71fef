import { describe, expect, it } from 'vitest';
import { freshNames, type Replacement, replaceTail } from '#graph/edit.js';
import { printGraph } from '#graph/print.js';
import { tensorInfo } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import { create, unknownFields, withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import type { GraphProto, ModelProto } from '#model/proto.js';
import { modelFromBytes } from '#model/read.js';
import { encodeModel } from '#model/write.js';
import { plant } from '../helpers/plant.ts';
import { bodyOf, node, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const info = (name: string) => tensorInfo(name, 'float32', ['N', 4]);

/** Takes the place of what made `y`: a new node over `e`, with a new weight. */
const HEAD: Replacement = {
  outputs: [info('z')],
  nodes: [node('MatMul', 'e v', 'z')],
  initializers: [zeros('v', [4, 4])],
  inputs: [],
};

function replaced(model: Model, replacement: Partial<Replacement> = {}): GraphProto {
  return replaceTail(viewGraph(model), { ...HEAD, ...replacement });
}

/** `x → e → h → y`, and whatever else is said. */
function chain(more: Partial<GraphProto> = {}, rest: Partial<ModelProto> = {}): Model {
  return modelOf(
    {
      input: [info('x'), ...(more.input ?? [])],
      output: [info('y'), ...(more.output ?? [])],
      initializer: [zeros('w', [4, 4]), ...(more.initializer ?? [])],
      node: [
        node('Relu', 'x', 'e'),
        node('MatMul', 'e w', 'h'),
        node('Softmax', 'h', 'y'),
        ...(more.node ?? []),
      ],
      valueInfo: more.valueInfo ?? [],
      sparseInitializer: more.sparseInitializer ?? [],
      quantizationAnnotation: more.quantizationAnnotation ?? [],
    },
    rest,
  );
}

const made = ({ node: nodes }: GraphProto) => nodes.flatMap(({ output }) => output);
const namesOf = (list: readonly { readonly name?: string }[]) => list.map(({ name }) => name);

describe('freshNames', () => {
  const fresh = () => freshNames(viewGraph(chain({ node: [node('Relu', 'x', 'y_1', {}, { name: 'fc' })] })));

  it('gives what is wanted where it is free, and each name once', () => {
    const next = fresh();
    expect([next('new'), next('new'), next('new')]).toEqual(['new', 'new_1', 'new_2']);
  });

  it('goes round values, nodes and initializers', () => {
    const next = fresh();
    expect([next('y'), next('w'), next('fc'), next('x')]).toEqual(['y_2', 'w_1', 'fc_1', 'x_1']);
  });
});

describe('replaceTail', () => {
  it('puts new nodes behind what stays, as a reviewer sees it', () => {
    const model = chain();
    const graph = replaced(model);
    expect(printGraph(deriveModel(model, withFields(model.proto, { graph })))).toMatchInlineSnapshot(`
      "ir 8
      opset 17
      producer "a test"
      input x float32 [N, 4]
      initializer v float32 [4, 4]
      e = Relu(x)
      z = MatMul(e, v)
      output z float32 [N, 4]
      "
    `);
  });

  it('does not change the graph it is given', () => {
    const model = chain();
    const before = encodeModel(model);
    replaced(model);
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });

  it('keeps nodes that another output needs, and their weights', () => {
    const other = [node('Relu', 'h', 'aux')];
    const graph = replaced(chain({ node: other, output: [info('aux')] }), {
      outputs: [info('z'), info('aux')],
    });
    expect(made(graph)).toEqual(['e', 'h', 'aux', 'z']);
    expect(namesOf(graph.initializer)).toEqual(['w', 'v']);
    expect(namesOf(graph.output)).toEqual(['z', 'aux']);
  });

  it('keeps what the new nodes read in their bodies', () => {
    const nodes = [node('If', 'e', 'z', { then_branch: bodyOf([node('Relu', 'h', 't')], 't') })];
    const graph = replaced(chain(), { nodes, initializers: [] });
    expect(made(graph)).toEqual(['e', 'h', 'z']);
    expect(namesOf(graph.initializer)).toEqual(['w']);
  });

  it('keeps nodes that nobody needed before, unless they read what goes', () => {
    const idle = [
      node('Relu', 'x', 'idle'),
      node('Relu', 'idle', 'idler'),
      node('Relu', 'y', 'behind'),
      node('Relu', 'behind', 'further'),
    ];
    expect(made(replaced(chain({ node: idle })))).toEqual(['e', 'idle', 'idler', 'z']);
  });

  it('can give an output out of what was inside, without new nodes', () => {
    const graph = replaced(chain(), { outputs: [info('e')], nodes: [], initializers: [] });
    expect([made(graph), namesOf(graph.initializer), namesOf(graph.output)]).toEqual([['e'], [], ['e']]);
  });

  it('can give an old name to a new value, whose declaration is not the old one', () => {
    const graph = replaced(chain({ valueInfo: [info('e'), info('h')] }), {
      nodes: [node('MatMul', 'e v', 'h'), node('Relu', 'h', 'z')],
    });
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Relu', 'MatMul', 'Relu']);
    expect(namesOf(graph.valueInfo)).toEqual(['e']);
  });

  it('takes inputs along that only the old tail read: a caller feeds them', () => {
    const model = chain({ node: [node('Add', 'h mask', 'masked')], input: [info('mask')] });
    expect(namesOf(replaced(model).input)).toEqual(['x', 'mask']);
  });

  it('adds inputs of its own', () => {
    expect(namesOf(replaced(chain(), { inputs: [info('labels')] }).input)).toEqual(['x', 'labels']);
  });
});

describe('what replaceTail clears away', () => {
  const parameter = (value: string) => create('StringStringEntryProto', { key: 'SCALE_TENSOR', value });
  const annotation = (tensorName: string, scale: string) =>
    create('TensorAnnotation', { tensorName, quantParameterTensorNames: [parameter(scale)] });
  const sparse = (name: string) => create('SparseTensorProto', { dims: [4, 4], values: zeros(name, [1]) });

  it('is value_info of values that are gone', () => {
    const graph = replaced(chain({ valueInfo: ['e', 'h', 'y', 'w', 'unheard'].map(info) }));
    expect(namesOf(graph.valueInfo)).toEqual(['e', 'unheard']);
  });

  it('is initializers, dense and sparse, that only the old tail read, with their inputs', () => {
    const model = chain({
      input: ['w', 's', 'shared', 'unused'].map(info),
      initializer: ['shared', 'unused'].map((name) => zeros(name, [4])),
      sparseInitializer: [sparse('s'), sparse('spare')],
      node: [node('Add', 'x shared', 'aside'), node('Sum', 'y s shared', 'more')],
      output: [info('more'), info('aside')],
    });
    const graph = replaced(model, { outputs: [info('z'), info('aside')] });
    expect(namesOf(graph.initializer)).toEqual(['shared', 'unused', 'v']);
    expect(graph.sparseInitializer.map(({ values }) => values?.name)).toEqual(['spare']);
    expect(namesOf(graph.input)).toEqual(['x', 'shared', 'unused']);
  });

  it('is an initializer that was an output and is none any more', () => {
    const model = chain({ initializer: [zeros('told', [4])], output: [info('told')] });
    expect(namesOf(replaced(model).initializer)).toEqual(['v']);
    expect(namesOf(replaced(model, { outputs: [info('z'), info('told')] }).initializer)).toEqual([
      'told',
      'v',
    ]);
  });

  it('is quantisation annotations of what is gone, and the tensors that only they named', () => {
    const scales = ['of-e', 'of-h', 'of-w', 'of-both', 'of-nothing'].map((name) => zeros(name, []));
    const model = chain({
      initializer: scales,
      quantizationAnnotation: [
        annotation('e', 'of-e'),
        annotation('h', 'of-h'),
        annotation('w', 'of-w'),
        annotation('y', 'of-both'),
        annotation('x', 'of-both'),
      ],
    });
    const graph = replaced(model);
    expect(graph.quantizationAnnotation.map(({ tensorName }) => tensorName)).toEqual(['e', 'x']);
    expect(namesOf(graph.initializer)).toEqual(['of-e', 'of-both', 'of-nothing', 'v']);
  });
});

describe('files of IR 3', () => {
  it('get an input for every new initializer that has none', () => {
    const model = chain({ input: [info('w')] }, { irVersion: 3 });
    const lambda = tensorInfo('lambda', 'float32', []);
    const graph = replaced(model, {
      inputs: [info('labels'), lambda],
      initializers: [zeros('v', [4, 4]), zeros('lambda', [])],
    });
    expect(graph.input).toEqual([info('x'), info('labels'), lambda, tensorInfo('v', 'float32', [4, 4])]);
  });

  it('need none from IR 4 on', () => {
    expect(namesOf(replaced(chain({}, { irVersion: 4 })).input)).toEqual(['x']);
  });
});

it('fields that are not known survive', () => {
  const model = modelFromBytes(plant('ModelProto', encodeModel(chain())));
  const graph = replaced(model);
  expect(unknownFields(graph).length).toBe(4);
  expect(unknownFields(graph.node[0] ?? {}).length).toBe(4);
  const again = modelFromBytes(encodeModel(deriveModel(model, withFields(model.proto, { graph }))));
  expect(unknownFields(again.proto.graph ?? {}).length).toBe(4);
  expect(unknownFields(again.proto.graph?.input[0] ?? {}).length).toBe(4);
});
