import { beforeAll, describe, expect, it } from 'vitest';
import { HEADS } from '#heads/index.js';
import { withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { makeTensor, readTensor } from '#model/tensors.js';
import { type RewriteOptions, rewrite } from '#rewrite/rewrite.js';
import type { Validation } from '#validate/validate.js';
import { validate } from '#validate/validate.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { fitted, VARIANTS } from '../helpers/variants.ts';
import { SOFTWARE_VULKAN, useSoftwareVulkan } from '../helpers/vulkan.ts';

const OPTIONS: Readonly<Record<string, RewriteOptions>> = {
  'digits-cnn': { head: 'arcface', inferOutputs: ['cosine', 'embedding', 'logits', 'probabilities'] },
  'digits-convhead': { head: 'arcface' },
  'digits-dynamo': { head: 'arcface' },
  'digits-keras': { head: 'arcface' },
  'digits-sklearn': { head: 'arcface' },
  'token-tagger': { head: 'arcface' },
  'two-heads': { head: 'arcface', output: 'parity' },
  embedder: { head: 'arcface', embedding: 'embedding', classes: 20, seed: 3 },
};

async function validated(
  name: string,
  options: RewriteOptions,
  provider: 'cpu' | 'webgpu',
): Promise<Validation> {
  const model = await readModel(fixtureModel(name));
  return validate(model, rewrite(model, options), { provider, samples: 8 });
}

const failedIn = ({ checks }: Validation) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

/** A model in which an initializer has other elements. */
function edited(model: Model, name: RegExp, edit: (data: Float32Array) => void): Model {
  const { graph } = model.proto;
  if (!graph) throw new Error('no graph');
  let found = 0;
  const initializer = graph.initializer.map((tensor) => {
    if (!name.test(tensor.name ?? '')) return tensor;
    found++;
    const { dims, data } = readTensor(model, tensor);
    const copy = Float32Array.from(data as Float32Array);
    edit(copy);
    return makeTensor(tensor.name ?? '', dims, copy);
  });
  expect(found).toBe(1);
  return deriveModel(model, withFields(model.proto, { graph: withFields(graph, { initializer }) }));
}

/** The model with another value as an input of the node that makes a value. */
function withInput(model: Model, value: string, index: number, name: string): Model {
  const { graph } = model.proto;
  if (!graph) throw new Error('no graph');
  const node = graph.node.map((each) =>
    each.output.includes(value) ? withFields(each, { input: each.input.with(index, name) }) : each,
  );
  return deriveModel(model, withFields(model.proto, { graph: withFields(graph, { node }) }));
}

describe('on the CPU', () => {
  it.each(VARIANTS)('%s %j gives its own numbers', async (head, parameters) => {
    const result = await validated('digits-cnn', { head, parameters: fitted(parameters, 10) }, 'cpu');
    expect(failedIn(result)).toEqual([]);
    expect(result.ok).toBe(true);
  });

  it.each(Object.entries(OPTIONS))('%s is checked through and through', async (name, options) => {
    const result = await validated(name, options, 'cpu');
    expect(failedIn(result)).toEqual([]);
    const names = result.checks.map((check) => check.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'train embedding',
        'train logits',
        'train loss',
        'train logits at the edges',
        'train loss at the edges',
        'train loss of bad labels',
        'infer embedding',
        'infer cosine',
        'infer cosine at the edges',
      ]),
    );
    expect(result.checks.every(({ count }) => count > 0)).toBe(true);
    const embedding = result.checks.find((check) => check.name === 'train embedding');
    expect(embedding).toMatchObject({ leastTolerance: 0, tolerance: { atol: 0, rtol: 0 } });
    expect(result.proof).toMatchObject({
      level: 'profiled',
      provider: 'cpu',
      adapter: null,
      software: false,
    });
    expect(result.proof.nodes.total).toBeGreaterThan(20);
    expect(result.proof.nodes.fallen).toEqual([]);
  });

  it('says how good the classifier is on labelled data', async () => {
    const model = await readModel(fixtureModel('digits-cnn'));
    const data = fixture('data/digits-test-images.npy');
    const labels = fixture('data/digits-test-labels.npy');
    const result = await validate(model, rewrite(model, { head: 'arcface' }), {
      provider: 'cpu',
      data,
      labels,
    });
    expect(result.data).toMatchObject({ samples: 500, top1: { original: 0.996 } });
    expect(result.data?.top1?.cosine).toBeGreaterThan(0.98);
    // Ten centres in 48 dimensions: a regular simplex of ten has 96.4° between its corners.
    expect(result.data?.centreAngle).toBeGreaterThan(90);
    expect(result.data?.targetAngle).toBeLessThan(45);
  });

  it('says it of tokens too', async () => {
    const model = await readModel(fixtureModel('token-tagger'));
    const [data, labels] = [fixture('data/tokens-test-ids.npy'), fixture('data/tokens-test-tags.npy')];
    const result = await validate(model, rewrite(model, { head: 'cosface' }), {
      provider: 'cpu',
      data,
      labels,
    });
    expect(result.data).toMatchObject({ samples: 1200, top1: { original: 1 } });
  });
});

describe('what heads do besides', () => {
  const cases: readonly (readonly [model: string, options: RewriteOptions])[] = [
    // Inference has no label, and one that training ignores may have the same number.
    ['digits-cnn', { head: 'circle', ignoreIndex: -1, inferOutputs: ['logits', 'probabilities'] }],
    // A class that does not count: its samples keep their own noise.
    ['digits-cnn', { head: 'elasticface', parameters: { plus: 'ranked' }, ignoreIndex: 3 }],
    ['token-tagger', { head: 'elasticface', parameters: { plus: 'ranked' } }],
    ['token-tagger', { head: 'subcenter-arcface' }],
    ['digits-cnn', { head: 'subcenter-arcface', inferOutputs: ['logits', 'cosine', 'probabilities'] }],
  ];
  it.each(cases)('%s %j', async (name, options) => {
    const result = await validated(name, options, 'cpu');
    expect(failedIn(result)).toEqual([]);
  });

  it('an order of samples is refused for tokens', async () => {
    const model = await readModel(fixtureModel('token-tagger'));
    const options = { head: 'elasticface', parameters: { plus: 'authors' } };
    expect(await refusalOf(async () => rewrite(model, options))).toMatchObject({ code: 'BAD_PARAM' });
  });
});

describe('what is wrong is found', () => {
  let model: Model;
  let made: ReturnType<typeof rewrite>;
  beforeAll(async () => {
    model = await readModel(fixtureModel('digits-cnn'));
    made = rewrite(model, { head: 'arcface' });
  });
  const check = (graphs: Parameters<typeof validate>[1]) =>
    validate(model, graphs, { provider: 'cpu', samples: 8 });

  it('one class row that is 1 % off in one direction', async () => {
    const train = edited(made.train, /^classifier\.weight$/, (w) => {
      w[3 * 48 + 5] = (w[3 * 48 + 5] ?? 0) + 0.01;
    });
    const result = await check({ train });
    expect(result.ok).toBe(false);
    expect(failedIn(result)).toEqual(['train logits', 'train logits at the edges']);
    const logits = result.checks.find(({ name }) => name === 'train logits');
    expect(logits?.worst?.where[1]).toBe(3);
    expect(logits?.leastTolerance).toBeGreaterThan(1);
  });

  it('a stored row of the inference graph that is off by 1e-4', async () => {
    const infer = edited(made.infer, /^margin\/weight_unit$/, (w) => {
      w[7] = (w[7] ?? 0) + 1e-4;
    });
    expect(failedIn(await check({ infer }))).toEqual(['infer cosine', 'infer cosine at the edges']);
  });

  it('a scale of 64.01 in the place of 64', async () => {
    const train = edited(made.train, /^margin\/const_64$/, (s) => s.fill(64.01));
    expect(failedIn(await check({ train }))).toEqual(['train logits', 'train logits at the edges']);
  });

  it('a backbone that was touched', async () => {
    const infer = edited(made.infer, /^backbone\.embed\.bias$/, (b) => {
      b[0] = (b[0] ?? 0) + 1e-6;
    });
    expect(failedIn(await check({ infer }))).toEqual(['infer embedding']);
  });

  it('a label outside the classes that passes silently', async () => {
    // Every label is told to be a class, so that one outside counts as class 0.
    const train = withInput(made.train, 'margin/has_target', 2, 'margin/const_1');
    expect(failedIn(await check({ train }))).toEqual(['train loss of bad labels']);
  });
});

describe('what cannot be checked is refused', () => {
  it.each([
    ['a graph that is not ours', 'BAD_USAGE', async (model: Model) => ({ train: model })],
    [
      'a graph of the other kind',
      'BAD_USAGE',
      async (model: Model) => ({ train: rewrite(model, { head: 'arcface' }).infer }),
    ],
    ['no graph', 'BAD_USAGE', async () => ({})],
    [
      'graphs of two layers',
      'BAD_USAGE',
      async (model: Model) => ({
        train: rewrite(model, { head: 'arcface', output: 'digit' }).train,
        infer: rewrite(model, { head: 'arcface', output: 'parity' }).infer,
      }),
    ],
  ] as const)('%s: %s', async (title, code, graphsOf) => {
    const model = await readModel(
      fixtureModel(title === 'graphs of two layers' ? 'two-heads' : 'digits-cnn'),
    );
    const graphs = await graphsOf(model);
    expect((await refusalOf(() => validate(model, graphs, { provider: 'cpu' }))).code).toBe(code);
  });

  it('metadata that hold something else than we wrote', async () => {
    const model = await readModel(fixtureModel('digits-cnn'));
    const { train } = rewrite(model, { head: 'arcface' });
    const metadataProps = train.proto.metadataProps.map((entry) =>
      entry.key === 'onnx_margin.options' ? withFields(entry, { value: '{"classes": "many"}' }) : entry,
    );
    const odd = deriveModel(train, withFields(train.proto, { metadataProps }));
    expect((await refusalOf(() => validate(model, { train: odd }, { provider: 'cpu' }))).code).toBe(
      'BAD_USAGE',
    );
  });
});

describe.skipIf(SOFTWARE_VULKAN === null)(
  'on WebGPU (needs a Vulkan device, such as that of Debian’s chromium)',
  () => {
    useSoftwareVulkan();

    it.each(HEADS.map(({ name }) => name))('%s gives its own numbers', async (head) => {
      const result = await validated('digits-cnn', { head, labelType: 'int32' }, 'webgpu');
      expect(failedIn(result)).toEqual([]);
      expect(result.proof).toMatchObject({ level: 'strict', provider: 'webgpu', software: true });
      expect(result.proof.nodes).toMatchObject({
        fallen: [],
        byProvider: { WebGpuExecutionProvider: expect.any(Number) },
      });
      expect(result.notes).toContainEqual(
        expect.stringMatching(/software device: this is no check on a GPU/),
      );
    });

    it.each(Object.entries(OPTIONS))('%s runs there', async (name, options) => {
      const result = await validated(name, options, 'webgpu');
      expect(failedIn(result)).toEqual([]);
    });

    it('labels of int64 are compared on the CPU, and the report names the nodes', async () => {
      const { proof, notes } = await validated('digits-cnn', { head: 'cosface' }, 'webgpu');
      expect(proof.level).toBe('profiled');
      expect(proof.nodes.fallen).toEqual(expect.arrayContaining(['Equal "margin/ignored"']));
      expect(notes).toContainEqual(expect.stringMatching(/--label-type int32/));
    });
  },
);
