import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { printGraph } from '#graph/print.js';
import { HEADS } from '#heads/index.js';
import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { type StepModelOptions, stepModel } from '#rewrite/step-model.js';
import { runOriginal } from '#validate/original.js';
import type { Feed } from '#validate/runtime.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { headGraph } from '../helpers/head-graph.ts';
import { noiseOf, takenTensors } from '../helpers/taken.ts';
import { useRuntime } from '../helpers/use-runtime.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';

const [N, DIM, CLASSES, STEPS] = [64, 48, 10, 5];
const RATE = 0.05;

const live = useRuntime();
let model: Model;
let x: Float32Array;
let labels: number[];
let rows: Float32Array;

beforeAll(async () => {
  model = await readModel(fixtureModel('digits-cnn'));
  const images = readArrays(fixture('data/digits-test-images.npy')).get('')?.data as Float32Array;
  const { tail } = rewrite(model, { head: 'arcface' });
  const image = { element: 'float32', dims: [N, 1, 8, 8], data: images.slice(0, N * 64) };
  const { embeddings } = await runOriginal(live.runtime, live.scratch, { model, tail }, [{ image }]);
  x = embeddings[0]?.data as Float32Array;
  labels = Array.from(readArrays(fixture('data/digits-test-labels.npy')).get('')?.data ?? [], Number).slice(
    0,
    N,
  );
  rows = tail.weight.rows();
});

const float = (data: ArrayLike<number>, dims: readonly number[]): Feed => ({
  element: 'float32',
  dims,
  data: Float32Array.from(data),
});

const numbers = ({ proto }: Model, kind: 'input' | 'output') =>
  proto.graph?.[kind].map(({ name }) => name) ?? [];

/** Runs steps on the same batch, each fed with what the one before gave; the loss before each, and what came out last. */
async function train(step: Model, given: Readonly<Record<string, Feed>>, provider: 'cpu' | 'webgpu') {
  const path = live.scratch.path(`step-${Math.random()}.onnx`);
  await writeModel(path, step);
  const session = await live.runtime.open({ model: path, provider, strict: provider === 'webgpu' });
  let feeds = given;
  const losses: number[] = [];
  let last: Awaited<ReturnType<typeof session.run>> = {};
  for (let i = 0; i < STEPS; i++) {
    last = await session.run({ ...feeds, ...('step' in given ? { step: float([i + 1], []) } : {}) });
    losses.push(Number(last['loss']?.data[0]));
    const carried = Object.entries(last).flatMap(([name, value]) =>
      name.endsWith('_next') ? [[name.replace(/_next$/, ''), value] as const] : [],
    );
    feeds = { ...feeds, ...Object.fromEntries(carried) };
  }
  await session.release();
  return { losses, last };
}

/** The same in float64: gradients by `grad`, the optimiser written out once more. */
function trainInFloat64(head: string, options: StepModelOptions) {
  const graph = headGraph(head, {}, DIM, CLASSES);
  const names = Object.entries(graph.takes).flatMap(([name, { kind }]) => (kind === 'learned' ? [name] : []));
  const noise = noiseOf(graph.takes, N);
  let taken = takenTensors(graph.takes, noise);
  let w = tensor(rows, [CLASSES, DIM]);
  const memory = { velocity: w.data.map(() => 0), mean: w.data.map(() => 0), square: w.data.map(() => 0) };
  const losses: number[] = [];
  const [dW] = grad(graph.loss, [graph.w]);
  if (dW === undefined || names.length > 0) throw new Error('heads that learn numbers are not trained here');
  for (let t = 1; t <= STEPS; t++) {
    const bound = { x: tensor(x, [N, DIM]), w, labels: tensor(labels), ...taken };
    const [loss, slope, ...states] = evaluate(
      [graph.loss, dW, ...Object.values(graph.next)],
      bound,
    ) as Tensor[];
    losses.push(loss?.data[0] ?? Number.NaN);
    const pulled = (i: number) => (slope?.data[i] ?? 0) + (options.weightDecay ?? 0) * (w.data[i] ?? 0);
    const moved = w.data.map((value, i) => {
      if (options.optimiser === 'adamw') {
        const g = slope?.data[i] ?? 0;
        memory.mean[i] = 0.9 * (memory.mean[i] ?? 0) + 0.1 * g;
        memory.square[i] = 0.999 * (memory.square[i] ?? 0) + 0.001 * g * g;
        const step =
          (memory.mean[i] ?? 0) /
          (1 - 0.9 ** t) /
          (Math.sqrt((memory.square[i] ?? 0) / (1 - 0.999 ** t)) + 1e-8);
        return value - RATE * (step + (options.weightDecay ?? 0) * value);
      }
      memory.velocity[i] = (options.momentum ?? 0) * (memory.velocity[i] ?? 0) + pulled(i);
      return value - RATE * (memory.velocity[i] ?? 0);
    });
    w = { shape: w.shape, data: moved };
    const next = Object.keys(graph.next).map((name, i) => [name.replace(/_next$/, ''), states[i]] as const);
    taken = { ...taken, ...Object.fromEntries(next) } as typeof taken;
  }
  return { losses, w };
}

const zeros = () => float(new Float32Array(CLASSES * DIM), [CLASSES, DIM]);
const MEMORIES = { sgd: ['weight_velocity'], adamw: ['weight_mean', 'weight_square'] } as const;

function feedsFor(head: string, options: StepModelOptions, int32 = false): Record<string, Feed> {
  const { takes } = headGraph(head, {}, DIM, CLASSES);
  const optimiser = options.optimiser ?? 'sgd';
  return {
    embedding: float(x, [N, DIM]),
    labels: int32
      ? { element: 'int32', dims: [N], data: Int32Array.from(labels) }
      : { element: 'int64', dims: [N], data: BigInt64Array.from(labels, BigInt) },
    weight: float(rows, [CLASSES, DIM]),
    lr: float([RATE], []),
    ...(optimiser === 'adamw' ? { step: float([1], []) } : {}),
    ...Object.fromEntries(
      Object.entries(takes).flatMap(([name, taken]) =>
        taken.kind === 'setting' || taken.kind === 'state' ? [[name, float([taken.initial], [])]] : [],
      ),
    ),
    ...Object.fromEntries(MEMORIES[optimiser].map((name) => [name, zeros()])),
    ...Object.fromEntries(Object.entries(noiseOf(takes, N)).map(([name, data]) => [name, float(data, [N])])),
  };
}

/** Heads whose class rows alone are trained, one centre a class, the bias not kept. */
const TRAINED = HEADS.filter((head) => {
  const { centres, takes } = head.needs(head.parse({}), { classes: CLASSES, dim: DIM });
  return centres === 1 && !head.keepsBias && Object.values(takes).every(({ kind }) => kind !== 'learned');
}).map(({ name }) => name);

describe('the step graph', () => {
  it.each(TRAINED)('of %s takes the steps that float64 takes', async (head) => {
    const options = { optimiser: 'sgd', momentum: 0.9, weightDecay: 0.01 } as const;
    const expected = trainInFloat64(head, options);
    const { losses, last } = await train(stepModel(model, { head }, options), feedsFor(head, options), 'cpu');
    // Float32 through five steps: a loss is off by about 1e-6 of itself, a class row by 1e-6 of its length.
    for (const [i, loss] of expected.losses.entries()) expect(losses[i]).toBeCloseTo(loss, 3);
    const next = last['weight_next']?.data as Float32Array;
    const worst = expected.w.data.reduce(
      (most, v, i) => Math.max(most, Math.abs(v - (next[i] ?? Number.NaN))),
      0,
    );
    expect(worst).toBeLessThan(1e-4);
  });

  it('of AdamW too', async () => {
    const options = { optimiser: 'adamw', weightDecay: 0.01 } as const;
    const expected = trainInFloat64('arcface', options);
    const step = stepModel(model, { head: 'arcface' }, options);
    const { losses, last } = await train(step, feedsFor('arcface', options), 'cpu');
    for (const [i, loss] of expected.losses.entries()) expect(losses[i]).toBeCloseTo(loss, 3);
    const next = last['weight_next']?.data as Float32Array;
    // A move is about rate · sign(g) however small g is, so where g is all rounding the signs may differ.
    const off = expected.w.data.map((v, i) => Math.abs(v - (next[i] ?? Number.NaN))).sort();
    expect(off[Math.floor(0.9 * off.length)]).toBeLessThan(1e-3);
    expect(off.at(-1)).toBeLessThan(RATE);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  it('gives gradients on request, those of the embedding among them', async () => {
    const step = stepModel(model, { head: 'cosface' }, { gradients: true, momentum: 0 });
    expect(numbers(step, 'output')).toEqual(['loss', 'weight_next', 'd_embedding', 'd_weight']);
    const { weight_velocity: _, ...feeds } = feedsFor('cosface', {});
    const path = live.scratch.path('gradients.onnx');
    await writeModel(path, step);
    const session = await live.runtime.open({ model: path, provider: 'cpu' });
    const got = await session.run(feeds);
    const graph = headGraph('cosface', {}, DIM, CLASSES);
    const bound = { x: tensor(x, [N, DIM]), w: tensor(rows, [CLASSES, DIM]), labels: tensor(labels) };
    const [dX, dW] = evaluate(grad(graph.loss, [graph.x, graph.w]), bound);
    for (const [name, expected] of [
      ['d_embedding', dX],
      ['d_weight', dW],
    ] as const) {
      const data = got[name]?.data as Float32Array;
      for (const [i, v] of (expected?.data ?? []).entries()) expect(data[i]).toBeCloseTo(v, 5);
    }
    await session.release();
  });

  it('shortens gradients that are too long, and no others', async () => {
    const run = async (clipNorm: number | null) => {
      const step = stepModel(model, { head: 'arcface' }, { clipNorm, momentum: 0 });
      const { weight_velocity: _, ...feeds } = feedsFor('arcface', {});
      const path = live.scratch.path(`clip-${clipNorm}.onnx`);
      await writeModel(path, step);
      const session = await live.runtime.open({ model: path, provider: 'cpu' });
      const next = (await session.run(feeds))['weight_next']?.data as Float32Array;
      return Math.hypot(...next.map((v, i) => v - (rows[i] ?? 0))) / RATE;
    };
    const free = await run(null);
    expect(await run(free / 4)).toBeCloseTo(free / 4, 4);
    expect(await run(free * 4)).toBeCloseTo(free, 4);
  });

  it('can begin at the inputs of the model', async () => {
    const step = stepModel(model, { head: 'arcface' }, { from: 'inputs' });
    expect(numbers(step, 'input').slice(0, 3)).toEqual(['image', 'labels', 'weight']);
    await expect(printGraph(stepModel(model, { head: 'arcface' }))).toMatchFileSnapshot(
      'goldens/digits-cnn.arcface.step.txt',
    );
  });

  it.skipIf(SOFTWARE_VULKAN === null)(
    'runs strictly on WebGPU with labels of int32 (needs a Vulkan device, such as that of Debian’s chromium)',
    async () => {
      const step = stepModel(model, { head: 'arcface', labelType: 'int32' });
      const feeds = feedsFor('arcface', {}, true);
      const [cpu, gpu] = [await train(step, feeds, 'cpu'), await train(step, feeds, 'webgpu')];
      for (const [i, loss] of cpu.losses.entries()) expect(gpu.losses[i]).toBeCloseTo(loss, 3);
    },
  );
});
