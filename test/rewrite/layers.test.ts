import { describe, expect, it } from 'vitest';
import { sizeOf, type Tensor } from '#expr/kernels.js';
import { withExtraOutputs } from '#graph/extract.js';
import { withInitializers } from '#graph/with-initializers.js';
import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { uniformNumbers } from '#random.js';
import type { LayersOptions } from '#rewrite/layers.js';
import { rewrite } from '#rewrite/rewrite.js';
import { type StepModelOptions, stepModel } from '#rewrite/step-model.js';
import { trainedLayers } from '#rewrite/trained-layers.js';
import type { Feed, Runtime } from '#validate/runtime.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { layerLoss } from '../helpers/layer-loss.ts';
import { shared } from '../helpers/shared.ts';
import { useRuntime } from '../helpers/use-runtime.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';

const HEAD = 'arcface';
const RATE = 0.01;

const live = useRuntime();

const float = (data: ArrayLike<number>, dims: readonly number[]): Feed => ({
  element: 'float32',
  dims,
  data: Float32Array.from(data),
});

/** Some elements of a tensor, evenly spread. */
function someOf(count: number, most: number): number[] {
  const stride = Math.max(1, Math.floor(count / most));
  return Array.from({ length: Math.min(count, most) }, (_, i) => (i * stride + (i % stride)) % count);
}

interface Subject {
  readonly model: Model;
  readonly inputs: Readonly<Record<string, Feed>>;
  readonly labels: readonly number[];
  readonly labelDims?: readonly number[];
  /** Class rows other than the model's. */
  readonly rows?: Float32Array;
}

/** How the digits are fed to the fixtures that learn them. */
const DIGITS: Readonly<Record<string, readonly number[]>> = {
  'digits-cnn': [1, 8, 8],
  'digits-convhead': [1, 8, 8],
  'digits-dynamo': [1, 8, 8],
  'digits-keras': [8, 8, 1],
  'digits-sklearn': [64],
};

async function digits(name: string, count: number): Promise<Subject> {
  const model = await readModel(fixtureModel(name));
  const dims = DIGITS[name] ?? [];
  const input = model.proto.graph?.input[0]?.name ?? '';
  const images = readArrays(fixture('data/digits-test-images.npy')).get('')?.data as Float32Array;
  const all = Array.from(readArrays(fixture('data/digits-test-labels.npy')).get('')?.data ?? [], Number);
  const size = dims.reduce((product, dim) => product * dim, 1);
  return {
    model,
    inputs: { [input]: float(images.slice(0, count * size), [count, ...dims]) },
    // Not those that it was trained with, of which there is nothing left to learn.
    labels: all.slice(0, count).map((label, i) => (label + 1 + i) % 10),
  };
}

/** Tokens, of which each has a label. */
async function tokens(count: number): Promise<Subject> {
  const model = await readModel(fixtureModel('token-tagger'));
  const ids = readArrays(fixture('data/tokens-test-ids.npy')).get('');
  const tags = Array.from(readArrays(fixture('data/tokens-test-tags.npy')).get('')?.data ?? [], Number);
  const length = ids?.dims[1] ?? 0;
  const { classes } = rewrite(model, { head: HEAD }).tail.weight;
  const input = model.proto.graph?.input[0]?.name ?? '';
  const data = (ids?.data ?? new BigInt64Array()).slice(0, count * length);
  return {
    model,
    inputs: { [input]: { element: 'int64', dims: [count, length], data } },
    labels: tags.slice(0, count * length).map((tag, i) => (tag + (i % 3)) % classes),
    labelDims: [count, length],
  };
}

/** A classifier of the judging material, on noise of a shape. */
async function noise(path: string, dims: readonly number[]): Promise<Subject> {
  const model = await readModel(path);
  const next = uniformNumbers(1);
  const input = model.proto.graph?.input[0]?.name ?? '';
  const { classes, dim } = rewrite(model, { head: HEAD }).tail.weight;
  const count = dims[0] ?? 1;
  return {
    model,
    // A transformer that was never trained has zeros, which nothing flows back from.
    rows: Float32Array.from({ length: classes * dim }, () => next() - 0.5),
    inputs: { [input]: float(Float32Array.from({ length: sizeOf(dims) }, next), dims) },
    labels: Array.from({ length: count }, (_, i) => (3 * i + 1) % classes),
  };
}

async function session(model: Model, name: string, on: Parameters<Runtime['open']>[0] | object = {}) {
  const path = live.scratch.path(`${name}-${Math.random()}.onnx`);
  await writeModel(path, model);
  return await live.runtime.open({ provider: 'cpu', ...on, model: path });
}

/** What a step is fed at the start. */
async function feedsFor({ model, inputs, labels, labelDims, rows }: Subject, options: StepModelOptions) {
  const { cut, tensors } = trainedLayers(model, { head: HEAD }, options);
  const names = cut.map(({ value }) => value);
  const original = await session(withExtraOutputs(model, names), 'original');
  const given = await original.run(inputs, names);
  await original.release();
  const { weight } = rewrite(model, { head: HEAD }).tail;
  const dims = [weight.classes, weight.dim];
  const trained = [
    ['weight', float(rows ?? weight.rows(), dims)] as const,
    ...tensors.map((each) => [each.name, float(each.read(), each.dims)] as const),
  ];
  const kinds = options.optimiser === 'adamw' ? ['mean', 'square'] : ['velocity'];
  const memories = trained.flatMap(([name, { dims: of, data }]) =>
    kinds.map((kind) => [`${name}_${kind}`, float(new Float32Array(data.length), of)] as const),
  );
  const feeds: Record<string, Feed> = {
    ...(options.from === 'inputs'
      ? inputs
      : Object.fromEntries(cut.map(({ name, value }) => [name, given[value] as Feed]))),
    labels: {
      element: 'int64',
      dims: labelDims ?? [labels.length],
      data: BigInt64Array.from(labels, BigInt),
    },
    lr: float([RATE], []),
    ...Object.fromEntries(trained),
    ...(options.optimiser === 'adamw' ? { step: float([1], []) } : {}),
    ...(options.momentum === 0 ? {} : Object.fromEntries(memories)),
  };
  const tensorOf = ({ dims: shape, data }: Feed): Tensor => ({
    shape,
    data: Float64Array.from(data, Number),
  });
  const values = Object.fromEntries([
    ...cut.map(({ value }) => [value, tensorOf(given[value] as Feed)] as const),
    ...tensors.map((each) => [each.value, tensorOf(feeds[each.name] as Feed)] as const),
  ]);
  return { feeds, values, tensors };
}

/** The gradients of a step against central differences of the loss in float64. */
async function judged(subject: Subject, layers: LayersOptions, most = 7): Promise<string[]> {
  const options = { ...layers, momentum: 0, gradients: true };
  const { feeds, values, tensors } = await feedsFor(subject, options);
  const step = await session(stepModel(subject.model, { head: HEAD }, options), 'step');
  const got = await step.run(feeds);
  await step.release();
  const loss = layerLoss(subject.model, HEAD, layers, subject);
  const expected = loss(values);
  // Float32 through a few layers.
  expect(Math.abs(Number(got['loss']?.data[0]) / expected - 1)).toBeLessThan(1e-5);
  for (const { name, value } of tensors) {
    const before = values[value] as Tensor;
    const gradient = got[`d_${name}`]?.data as Float32Array;
    const next = got[`${name}_next`]?.data as Float32Array;
    const longest = gradient.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(longest, name).toBeGreaterThan(0);
    for (const i of someOf(before.data.length, most)) {
      const moved = (by: number) =>
        loss({ ...values, [value]: { ...before, data: before.data.with(i, (before.data[i] ?? 0) + by) } });
      // Small enough to stay on one side of every kink, large enough for float64.
      const h = 1e-6;
      const slope = (moved(h) - moved(-h)) / (2 * h);
      // Of sums over samples and places, whose terms cancel: in float32 good to 1e-4 of the largest.
      expect(Math.abs((gradient[i] ?? Number.NaN) - slope) / longest, `${name}[${i}]`).toBeLessThan(1e-4);
      expect(next[i], name).toBeCloseTo((before.data[i] ?? 0) - RATE * (gradient[i] ?? 0), 6);
    }
  }
  return tensors.map(({ name }) => name);
}

/** The losses of a few steps on one batch, and the tensors that came out. */
async function trained(subject: Subject, options: StepModelOptions, count = 6) {
  const { feeds, tensors } = await feedsFor(subject, options);
  const step = await session(stepModel(subject.model, { head: HEAD }, options), 'step');
  const losses: number[] = [];
  let fed = feeds;
  for (let i = 0; i < count; i++) {
    const got = await step.run({ ...fed, ...('step' in feeds ? { step: float([i + 1], []) } : {}) });
    losses.push(Number(got['loss']?.data[0]));
    const carried = Object.entries(got).flatMap(([name, value]) =>
      name.endsWith('_next') ? [[name.replace(/_next$/, ''), value] as const] : [],
    );
    fed = { ...fed, ...Object.fromEntries(carried) };
  }
  await step.release();
  return {
    losses,
    values: {
      ...Object.fromEntries(tensors.map(({ name, value }) => [value, fed[name]?.data as Float32Array])),
      weight: fed['weight']?.data as Float32Array,
    } as Readonly<Record<string, Float32Array>>,
  };
}

describe('gradients of the loss', () => {
  // Down to the first layer: convolutions, pools, both kinds of normalisation, layouts of three exporters.
  it.each([
    ['digits-cnn', 1, 4],
    ['digits-cnn', 4, 10],
    ['digits-convhead', 3, 6],
    ['digits-dynamo', 3, 8],
    ['digits-keras', 4, 8],
    ['digits-sklearn', 1, 2],
  ])('%s, the last %i layers', async (name, trainLast, count) => {
    expect(await judged(await digits(name, 2), { trainLast })).toHaveLength(count);
  });

  it('token-tagger, per token', async () => {
    expect(await judged(await tokens(2), { trainLast: 2 })).toHaveLength(6);
  });

  // A residual network, and a transformer: attention, its layouts, LayerNormalization and Gelu written out.
  it.each([
    ['mlperf-ic-cifar10', [2, 32, 32, 3], 3, 6],
    ['vit-tiny-random', [2, 3, 64, 64], 1, 4],
    ['vit-tiny-random', [2, 3, 64, 64], 4, 12],
  ] as const)('%s, the last layers', async (name, dims, trainLast, count) => {
    const path = shared(`models/classifiers/${name}.onnx`);
    if (path === null) return;
    expect(await judged(await noise(path, dims), { trainLast }, 2)).toHaveLength(count);
  });

  it('of the layers behind a node', async () => {
    const subject = await digits('digits-cnn', 2);
    const names = await judged(subject, { trainFrom: '/backbone/norm/BatchNormalization' });
    expect(names).toEqual(['backbone.norm.weight', 'backbone.norm.bias']);
  });
});

describe('steps', () => {
  it.each([
    ['a cut', 'digits-cnn', 2, {}],
    ['the inputs', 'digits-cnn', 2, { from: 'inputs' }],
    ['a cut, by AdamW', 'digits-cnn', 1, { optimiser: 'adamw' }],
    ['a cut, gradients shortened', 'digits-cnn', 4, { clipNorm: 1 }],
    ['a cut', 'digits-keras', 2, {}],
    ['a cut', 'digits-sklearn', 1, {}],
  ] as const)('from %s lower the loss of %s', async (_, name, trainLast, options) => {
    const { losses } = await trained(await digits(name, 8), { trainLast, ...options });
    expect(losses.at(-1)).toBeLessThan(0.95 * (losses[0] ?? 0));
  });

  it.skipIf(SOFTWARE_VULKAN === null)(
    'run strictly on WebGPU with labels of int32 (needs a Vulkan device, such as that of Debian’s chromium)',
    async () => {
      const subject = await digits('digits-cnn', 4);
      const options = { trainLast: 2, momentum: 0 };
      const { feeds, tensors } = await feedsFor(subject, options);
      const labels = { element: 'int32', dims: [4], data: Int32Array.from(subject.labels) };
      const step = stepModel(subject.model, { head: HEAD, labelType: 'int32' }, options);
      const [cpu, gpu] = await Promise.all(
        (['cpu', 'webgpu'] as const).map(async (provider) => {
          const opened = await session(step, provider, { provider, strict: provider === 'webgpu' });
          const got = await opened.run({ ...feeds, labels });
          await opened.release();
          return got;
        }),
      );
      for (const { name, dims } of tensors) {
        const [before, here, there] = [feeds[name], cpu?.[`${name}_next`], gpu?.[`${name}_next`]];
        const moved = (after: Feed | undefined) =>
          Array.from(after?.data ?? [], Number).map((v, i) => v - Number(before?.data[i]));
        const [expected, found] = [moved(here), moved(there)];
        const largest = Math.max(...expected.map(Math.abs));
        expect(expected).toHaveLength(sizeOf(dims));
        // Differences of float32, of gradients that are good to 1e-4 of the largest.
        for (const [i, v] of expected.entries())
          expect(Math.abs(v - (found[i] ?? Number.NaN)) / largest, `${name}[${i}]`).toBeLessThan(1e-3);
      }
    },
  );

  it('go back into the model: it gives the loss that they had come to', async () => {
    const subject = await digits('digits-cnn', 8);
    const steps = { trainLast: 2, momentum: 0.9 };
    const { losses, values } = await trained(subject, steps, 4);
    const { weight, ...layers } = values;
    const model = withInitializers(subject.model, layers);
    const { feeds } = await feedsFor({ ...subject, model }, { momentum: 0 });
    const step = await session(stepModel(model, { head: HEAD }, { momentum: 0 }), 'again');
    const dims = feeds['weight']?.dims ?? [];
    const got = await step.run({ ...feeds, weight: float(weight ?? [], dims) });
    await step.release();
    const { losses: longer } = await trained(subject, steps, 5);
    expect(longer.slice(0, 4)).toEqual(losses);
    expect(Number(got['loss']?.data[0])).toBeCloseTo(longer[4] ?? 0, 4);
  });
});
