import { describe, expect, it } from 'vitest';
import { MORE_SHAPE_RULES } from '#graph/more-shapes.js';
import { SHAPE_RULES } from '#graph/shape-rules.js';
import { inferShapes, sizeAt } from '#graph/shapes.js';
import {
  type Dim,
  declaredFacts,
  type Shape,
  tensorInfo,
  UNKNOWN,
  type ValueFacts,
} from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import { create, withFields } from '#model/codec.js';
import type { Model } from '#model/model.js';
import { deriveModel } from '#model/model.js';
import type { GraphProto, TensorProto } from '#model/proto.js';
import { readModel } from '#model/read.js';
import { FIXTURE_MODELS, fixtureModel } from '../helpers/fixtures.ts';
import { int64s, node, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';
import { MORE_SHAPE_CASES } from './more-shape-cases.ts';
import { HOSTILE_CASES, SHAPE_CASES, type ShapeCase } from './shape-cases.ts';

const isTensor = (given: ValueFacts | TensorProto): given is TensorProto => 'dims' in given;
const text = ({ element, shape }: ValueFacts) =>
  `${element ?? '?'} [${shape === null ? '…' : shape.map((dim) => dim ?? '?')}]`;

/** A model of one node whose inputs are `in0 in1 …` and whose outputs are `out0 out1 …`. */
function modelFor({ op, inputs, held, outputs }: ShapeCase): Model {
  const named = inputs.flatMap((given, i) => (given === null ? [] : [[`in${i}`, given] as const]));
  return modelOf({
    input: named.flatMap(([name, given]) =>
      isTensor(given) ? [] : [tensorInfo(name, given.element ?? 'float32', given.shape)],
    ),
    initializer: named.flatMap(([name, given]) => (isTensor(given) ? [withFields(given, { name })] : [])),
    node: [
      operation(
        op,
        inputs.map((given, i) => (given === null ? '-' : `in${i}`)).join(' '),
        outputs.map((_, i) => `out${i}`).join(' '),
        held,
      ),
    ],
  });
}

/** A node of an operator, which may have a domain before it. */
function operation(op: string, input: string, output: string, held: ShapeCase['held'] = {}) {
  const [domain = '', opType = op] = op.includes('::') ? op.split('::') : [];
  return node(opType, input, output, held, { domain });
}

const RULES = [...SHAPE_RULES.keys(), ...MORE_SHAPE_RULES.keys()];
const ALL_CASES = [...SHAPE_CASES, ...MORE_SHAPE_CASES];

function inferred(given: ShapeCase): ValueFacts[] {
  const shapes = inferShapes(viewGraph(modelFor(given)));
  return given.outputs.map((_, i) => shapes(`out${i}`));
}

const titled = (cases: readonly ShapeCase[]) =>
  cases.map((given) => {
    const inputs = given.inputs.map((each) =>
      each === null ? '–' : isTensor(each) ? `stored [${each.dims.slice(0, 9)}]` : text(each),
    );
    const held = Object.keys(given.held).length > 0 ? ` {${Object.keys(given.held)}}` : '';
    return [`${given.op}(${inputs.join(', ')})${held}`, given.outputs.map(text).join(', '), given] as const;
  });

describe('what operators do', () => {
  it.each(titled(ALL_CASES))('%s: %s', (_title, _outputs, given) => {
    expect(inferred(given)).toEqual(given.outputs);
  });

  it('has a case for every rule', () => {
    const covered = new Set(ALL_CASES.map(({ op }) => op));
    expect(RULES.filter((op) => !covered.has(op))).toEqual([]);
  });
});

describe('what makes no sense', () => {
  it.each(titled(HOSTILE_CASES))('%s: %s', (_title, _outputs, given) => {
    expect(inferred(given)).toEqual(given.outputs);
  });

  it('no rule throws without inputs, or for an output that it does not have', () => {
    for (const op of RULES) {
      const shapes = inferShapes(
        viewGraph(modelOf({ node: [operation(op, '', 'a b c d e f'), operation(op, '- - - -', 'g')] })),
      );
      expect(() => ['a', 'f', 'g'].map(shapes), op).not.toThrow();
    }
  });

  it('ranks do not grow without end', () => {
    const doubled = Array.from({ length: 60 }, (_, i) => node('Gather', `v${i} v${i}`, `v${i + 1}`));
    const shapes = inferShapes(
      viewGraph(modelOf({ node: doubled, input: [tensorInfo('v0', 'int64', [2, 2])] })),
    );
    expect([shapes('v2').shape?.length, shapes('v60').shape]).toEqual([5, null]);
  });

  it('a node of 200,000 inputs is one like others', () => {
    const wide = node('Sum', 'x '.repeat(200_000).trim(), 'y');
    expect(
      inferShapes(viewGraph(modelOf({ node: [wide], input: [tensorInfo('x', 'float32', ['N'])] })))('y')
        .shape,
    ).toEqual(['N']);
  });

  it('a shape may be a Constant that stands behind its Reshape', () => {
    const constant = node('Constant', '', 'sizes', { value: int64s('', [0, 0, 4]) });
    const shapes = inferShapes(
      viewGraph(
        modelOf({
          node: [node('Reshape', 'x sizes', 'y'), constant],
          input: [tensorInfo('x', 'float32', ['N', 3, 2, 2])],
        }),
      ),
    );
    expect(shapes('y').shape).toEqual(['N', 3, 4]);
  });

  it('a damaged file of any kind gives facts: circles, two producers, later values', () => {
    const nodes = [
      node('Add', 'b b', 'a'),
      node('Relu', 'a', 'b'),
      node('Flatten', 'x', 'b'),
      node('Relu', 'a a', 'a'),
    ];
    const shapes = inferShapes(
      viewGraph(modelOf({ node: nodes, input: [tensorInfo('x', 'float32', [2, 3])] })),
    );
    expect(shapes('b')).toEqual({ element: 'float32', shape: [2, 3] });
  });
});

describe('what a file declares', () => {
  const x = tensorInfo('x', 'float32', ['N', 4]);
  const facts = (graph: Partial<GraphProto>, value = 'y') =>
    inferShapes(viewGraph(modelOf({ input: [x], ...graph })))(value);

  it('counts where there is no rule', () => {
    const graph = { node: [node('Mystery', 'x', 'y')], valueInfo: [tensorInfo('y', 'int64', [2])] };
    expect(facts(graph)).toEqual({ element: 'int64', shape: [2] });
    expect(facts({ node: [node('Relu', 'x', 'y', {}, { domain: 'mine' })] })).toEqual(UNKNOWN);
  });

  it('counts for outputs that no rule covers', () => {
    const graph = {
      node: [node('MaxPool', 'x', 'out indices', { kernel_shape: [] })],
      output: [tensorInfo('indices', 'int64', ['N', 2])],
    };
    expect(facts(graph, 'indices')).toEqual({ element: 'int64', shape: ['N', 2] });
  });

  it('fills what is not known, and overrules nothing', () => {
    const slice = [node('Slice', 'x a b', 'y')];
    const told = (shape: Shape | null) =>
      facts({ node: slice, valueInfo: [tensorInfo('y', 'int64', shape)] });
    expect(told(['N', 2])).toEqual({ element: 'float32', shape: ['N', 2] });
    expect(told(['N', 2, 2])).toEqual({ element: 'float32', shape: [null, null] });
    expect(told(null)).toEqual({ element: 'float32', shape: [null, null] });
    const relu = { node: [node('Relu', 'x', 'y')], output: [tensorInfo('y', 'float32', ['M', 9])] };
    expect(facts(relu)).toEqual({ element: 'float32', shape: ['N', 4] });
  });

  it('goes on through operators', () => {
    const nodes = [node('Mystery', 'x', 'e'), node('MatMul', 'e w', 'y')];
    const graph = {
      node: nodes,
      initializer: [zeros('w', [8, 3])],
      valueInfo: [tensorInfo('e', 'float32', ['N', 8])],
    };
    expect(facts(graph)).toEqual({ element: 'float32', shape: ['N', 3] });
  });

  it('is not asked about stored tensors, dense or sparse', () => {
    const stored = {
      input: [tensorInfo('w', 'int64', [9]), tensorInfo('s', 'int64', [9])],
      initializer: [zeros('w', [8, 3])],
      sparseInitializer: [create('SparseTensorProto', { dims: [5, 5], values: zeros('s', [1]) })],
    };
    expect(facts(stored, 'w')).toEqual({ element: 'float32', shape: [8, 3] });
    expect(facts(stored, 's')).toEqual({ element: 'float32', shape: [5, 5] });
  });

  it('says nothing of the name that stands for an input that is left out', () => {
    const graph = { node: [node('Dropout', 'x', 'kept -'), node('Where', '- - -', 'y')] };
    expect([facts(graph, ''), facts(graph)]).toEqual([UNKNOWN, { element: null, shape: null }]);
  });
});

describe('models that exporters wrote', () => {
  /** Of operators of the ML domain nothing follows. */
  const WITHOUT_RULES = new Set(['LinearClassifier', 'Normalizer', 'ArrayFeatureExtractor']);

  /** Without what the file says of the values that its nodes make. */
  function undeclared(model: Model): Model {
    const { graph } = model.proto;
    if (!graph) return model;
    const output = graph.output.map((info) => withFields(info, { type: undefined }));
    return deriveModel(
      model,
      withFields(model.proto, { graph: withFields(graph, { output, valueInfo: [] }) }),
    );
  }

  /** Whether no size that both know is another. */
  function agree(ours: Shape | null, declared: Shape): boolean {
    const clash = (dim: Dim, axis: number) =>
      typeof dim === 'number' && typeof declared[axis] === 'number' && dim !== declared[axis];
    return ours?.length === declared.length && !ours.some(clash);
  }

  it.each(FIXTURE_MODELS)('%s: what follows agrees with what is declared', async (name) => {
    const model = await readModel(fixtureModel(name));
    const view = viewGraph(model);
    const shapes = inferShapes(viewGraph(undeclared(model)));
    const declarations = [...view.graph.valueInfo, ...view.outputs].filter(
      ({ name: value = '' }) => !WITHOUT_RULES.has(view.producer(value)?.opType ?? ''),
    );
    for (const info of declarations) {
      const { element, shape } = declaredFacts(info);
      const ours = shapes(info.name ?? '');
      expect(ours.element, info.name).toBe(element);
      expect(shape === null || agree(ours.shape, shape), `${info.name}: ${text(ours)}`).toBe(true);
    }
  });
});

it('the size of an axis is a number or not known', () => {
  expect([
    sizeAt(['N', 4], 1),
    sizeAt(['N', 4], -1),
    sizeAt(['N', 4], 0),
    sizeAt([4], 1),
    sizeAt(null, 0),
  ]).toEqual([4, 4, null, null, null]);
});
