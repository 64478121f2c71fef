import { describe, expect, it } from 'vitest';
import { TARGETS, VOCABULARIES } from '#expr/vocabulary.js';
import { inferShapes } from '#graph/shapes.js';
import { type GraphView, viewGraph } from '#graph/view.js';
import { readModel } from '#model/read.js';
import { type RewriteOptions, rewrite } from '#rewrite/rewrite.js';
import { validate } from '#validate/validate.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { fitted, VARIANTS } from '../helpers/variants.ts';

const CLASSES = 5;
const OPSETS = [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];
const TRAINERS = TARGETS.filter((target) => target !== 'onnxruntime');

const models = new Map(
  await Promise.all(
    OPSETS.map(async (opset) => [opset, await readModel(gemmModel({ opset, classes: CLASSES }))] as const),
  ),
);

const opsetsOf = (target: (typeof TRAINERS)[number]) => {
  const [first, last] = VOCABULARIES[target].opsets;
  return OPSETS.filter((opset) => first <= opset && opset <= last);
};

/** The training graph of every variant of a head at every opset that a target takes. */
function graphsFor(target: (typeof TRAINERS)[number]) {
  return opsetsOf(target).flatMap((opset) => {
    const model = models.get(opset);
    if (model === undefined) throw new Error(`no model of opset ${opset}`);
    return VARIANTS.map(([head, values]) => {
      const options: RewriteOptions = { head, target, parameters: fitted(values, CLASSES) };
      const { train, trained } = rewrite(model, options);
      const what = `${head} ${JSON.stringify(values)} at opset ${opset}`;
      return { what, opset, trained, view: viewGraph(train) };
    });
  });
}

describe.each(TRAINERS)('graphs for %s', (target) => {
  const { has, converts, keepsShapes } = VOCABULARIES[target];
  const graphs = graphsFor(target);

  it('have no operator that it does not know', () => {
    for (const { what, opset, view } of graphs)
      for (const { opType = '' } of view.nodes) expect(has(opType, opset), `${opType}, ${what}`).toBe(true);
  });

  it('have no input with a default, and no output that is not the loss, logits or a state', () => {
    for (const { what, view } of graphs) {
      expect(view.graph.input.length, what).toBe(view.inputs.length);
      const outputs = view.outputs.map(({ name }) => name);
      expect(outputs.slice(0, 2), what).toEqual(['loss', 'logits']);
      for (const name of outputs.slice(2)) expect(name, what).toMatch(/_next$/);
    }
  });

  it('name what they train', () => {
    for (const { what, trained, view } of graphs) {
      expect(trained.length, what).toBeGreaterThan(0);
      for (const name of trained) expect(view.initializer(name), `${name}, ${what}`).not.toBeNull();
    }
  });

  it.runIf(converts)('read each trained tensor once', () => {
    for (const { what, trained, view } of graphs)
      for (const name of trained)
        expect(
          view.consumers(name).map(({ opType }) => opType),
          `${name}, ${what}`,
        ).toEqual(['Identity']);
  });

  it.runIf(keepsShapes)('choose between floats of the shape of the result', () => {
    for (const { what, view } of graphs) {
      const odd = unevenChoices(view);
      expect(odd, what).toEqual([]);
    }
  });

  it('have finite slopes: no root of what may be 0', () => {
    for (const { what, view } of graphs)
      for (const node of view.nodes.filter(({ opType }) => opType === 'Sqrt'))
        expect(view.producer(node.input[0] ?? '')?.opType, what).toBe('Max');
  });
});

/** Where of a branch that is computed and not of the shape of the result. */
function unevenChoices(view: GraphView): string[] {
  const shapes = inferShapes(view);
  return view.nodes
    .filter(({ opType }) => opType === 'Where')
    .flatMap((node) => {
      const whole = shapes(node.output[0] ?? '').shape;
      return node.input
        .slice(1)
        .filter((branch) => view.producer(branch) !== null)
        .filter((branch) => {
          const { shape } = shapes(branch);
          return whole !== null && shape !== null && shape.length !== whole.length;
        })
        .map((branch) => `${branch} for ${node.output[0]}`);
    });
}

/** Heads that have between them all that a target changes: states, settings, noise, centres, learned numbers, stops. */
const HEADS: readonly (readonly [head: string, parameters: RewriteOptions['parameters']])[] = [
  ['arcface', { gradient: 'straight-through' }],
  ['sphereface', {}],
  ['subcenter-arcface', {}],
  ['elasticface', { plus: 'ranked' }],
  ['adaface', {}],
  ['circle', {}],
  ['uniface', {}],
];

describe.each(TRAINERS)('numbers of graphs for %s', (target) => {
  it.each(HEADS)('%s %o: as the reference says', async (head, parameters = {}) => {
    const model = await readModel(fixtureModel('digits-cnn'));
    const { train } = rewrite(model, { head, parameters, target });
    const report = await validate(model, { train }, { provider: 'cpu' });
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(5);
  });
});

describe('what a target cannot take', () => {
  const opset = async (version: number, target: RewriteOptions['target'] & string, rest = {}) => {
    const model = await readModel(gemmModel({ opset: version }));
    return () => rewrite(model, { head: 'arcface', target, ...rest });
  };

  it('an opset beyond it is refused, with the line that converts the model', async () => {
    const error = await refusalOf(await opset(20, 'pytorch'));
    expect(error).toMatchObject({
      code: 'UNSUPPORTED_MODEL',
      saw: 'opset 20',
      expected: 'opset 9 to 18 with --target pytorch',
    });
    expect(error.tryThis[0]).toBe(
      `convert the model: python -c "import onnx; old, new = 'model.onnx', 'model.opset17.onnx'; from onnx import version_converter as v; onnx.save(v.convert_version(onnx.load(old), 17), new)"`,
    );
    const { expected } = await refusalOf(await opset(8, 'ort-training'));
    expect(expected).toBe('opset 11 to 21 with --target ort-training');
  });

  it('an IR version beyond it is refused, with the line that writes an older one', async () => {
    const model = await readModel(gemmModel({ ir: 11 }));
    const options = (target: RewriteOptions['target'] & string) => ({ head: 'arcface', target });
    const error = await refusalOf(() => rewrite(model, options('ort-training')));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_MODEL', saw: 'IR version 11' });
    expect(error.tryThis[0]).toContain(
      `old, new = 'model.onnx', 'model.ir10.onnx'; m = onnx.load(old); m.ir_version = 10; onnx.save(m, new)"`,
    );
    expect(viewGraph(rewrite(model, options('pytorch')).train).irVersion).toBe(11);
  });

  it('a loss that is not one number is refused where one is needed', async () => {
    const none = { reduction: 'none' };
    expect(await refusalOf(await opset(17, 'ort-training', none))).toMatchObject({ code: 'BAD_PARAM' });
    expect(await opset(17, 'pytorch', none)).not.toThrow();
  });

  it('operators of the model itself that onnx2torch does not know are named', async () => {
    const warned = async (behindInput: string, target: RewriteOptions['target'] & string) => {
      const { warnings } = rewrite(await readModel(gemmModel({ before: behindInput })), {
        head: 'arcface',
        target,
      });
      return warnings.filter(({ code }) => code === 'TARGET_OPERATORS').map(({ message }) => message);
    };
    expect(await warned('ThresholdedRelu', 'pytorch')).toEqual([
      'onnx2torch 1.5.15 does not know ThresholdedRelu of opset 17, which the model itself has: it will refuse the training graph',
    ]);
    expect(await warned('Relu', 'pytorch')).toEqual([]);
    expect(await warned('ThresholdedRelu', 'ort-training')).toEqual([]);
  });
});
