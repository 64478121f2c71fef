import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { VOCABULARIES } from '#expr/vocabulary.js';
import { withExtraOutputs } from '#graph/extract.js';
import { viewGraph } from '#graph/view.js';
import { startOf } from '#heads/curve.js';
import { HEADS } from '#heads/index.js';
import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { readTensor } from '#model/tensors.js';
import { writeModel } from '#model/write.js';
import { planRewrite, type RewriteOptions, rewrite } from '#rewrite/rewrite.js';
import { stepModel } from '#rewrite/step-model.js';
import { trainedInputs } from '#rewrite/training.js';
import { type Feed, type Runtime, startRuntime } from '#validate/runtime.js';
import { samplesFor } from '#validate/samples.js';
import { noiseFor, takenFeeds } from '#validate/seam-batches.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';

const [SAMPLES, STEPS, RATE] = [64, 10, 0.01];

export interface Tensor {
  readonly element: string;
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

type Tensors = Readonly<Record<string, Tensor>>;

/** A head to be trained elsewhere, with what the step graph made of it in ONNX Runtime. */
export interface Case {
  readonly head: string;
  readonly gradient: string;
  readonly parameters: RewriteOptions['parameters'];
  readonly rate: number;
  /** Training graphs by their targets, as files beside the list. */
  readonly graphs: Readonly<Record<'pytorch' | 'ort-training', string>>;
  /** The names of inputs in the order of the graphs. */
  readonly inputs: readonly string[];
  readonly feeds: Tensors;
  /** Inputs that are numbers of the head, and those of them that come out new. */
  readonly taken: readonly string[];
  readonly states: readonly string[];
  readonly embedding: Tensor;
  /** Initializers to be trained, as they are before. */
  readonly trained: readonly string[];
  readonly start: Tensors;
  /** Losses before each step, gradients of the first, and everything else as it is after the last. */
  readonly ours: {
    readonly losses: readonly number[];
    readonly gradients: Tensors;
    readonly values: Tensors;
    readonly states: Tensors;
  };
}

/** Every head with every gradient that it has, with its default parameters. */
const CASES = HEADS.flatMap(({ name, parameters }) =>
  ('gradient' in parameters ? ['exact', 'straight-through'] : ['exact']).map((gradient) => ({
    head: name,
    gradient,
    parameters: 'gradient' in parameters ? { gradient } : {},
  })),
);

const plain = ({ element, dims, data }: Feed): Tensor => ({
  element,
  dims,
  data: Array.from(data as ArrayLike<number | bigint>, Number),
});

const fed = ({ element, dims, data }: Tensor): Feed => ({
  element,
  dims,
  data: element === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data),
});

const floats = (data: ArrayLike<number>, dims: readonly number[]): Tensor =>
  plain({ element: 'float32', dims, data: Float32Array.from(data) });

/** Writes all cases into a folder, and `cases.json` with what the step graph gave for each. */
export async function writeCases(folder: string): Promise<Case[]> {
  const model = await readModel(fixtureModel('digits-cnn'));
  const runtime = startRuntime();
  try {
    const cases: Case[] = [];
    for (const each of CASES) cases.push(await caseOf(model, each, folder, runtime));
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
    return cases;
  } finally {
    await runtime.close();
  }
}

async function caseOf(
  model: Model,
  { head, gradient, parameters }: (typeof CASES)[number],
  folder: string,
  runtime: Runtime,
): Promise<Case> {
  const options: RewriteOptions = { head, parameters };
  const plan = planRewrite(model, options);
  const file = (what: string) => `${head}.${gradient}.${what}.onnx`;
  const [torch, ort] = (['pytorch', 'ort-training'] as const).map((target) =>
    rewrite(model, { ...options, target }),
  );
  if (torch === undefined || ort === undefined) throw new Error('two targets make two graphs');
  await writeModel(join(folder, file('pytorch')), torch.train);
  await writeModel(join(folder, file('ort-training')), ort.train);
  const view = viewGraph(ort.train);
  const start = Object.fromEntries(
    ort.trained.map((name) => {
      const tensor = view.initializer(name);
      if (tensor === null) throw new Error(`there is no initializer ${name}`);
      const { data } = readTensor(ort.train, tensor);
      return [name, floats(Array.from(data, Number), tensor.dims.map(Number))];
    }),
  );
  const taken = Object.entries(plan.needs.takes).filter(
    ([, { kind }]) => kind === 'setting' || kind === 'state',
  );
  const initial = startOf(plan.needs.takes);
  const feeds: Tensors = {
    image: floats(samples('data/digits-test-images.npy', SAMPLES * 64), [SAMPLES, 1, 8, 8]),
    labels: { element: 'int64', dims: [SAMPLES], data: samples('data/digits-test-labels.npy', SAMPLES) },
    ...Object.fromEntries(
      Object.entries(noiseFor(plan, SAMPLES)).map(([name, data]) => [name, floats(data, [SAMPLES])]),
    ),
    ...Object.fromEntries(taken.map(([name]) => [name, floats([Number(initial[name])], [])])),
  };
  const states = taken.flatMap(([name, { kind }]) => (kind === 'state' ? [name] : []));
  const names = trainedInputs(plan).map(({ name }) => name ?? '');
  const { embedding, ...ours } = await ownSteps(
    model,
    options,
    { feeds, start, names, states },
    folder,
    runtime,
  );
  return {
    head,
    gradient,
    parameters: plan.values,
    rate: RATE,
    graphs: { pytorch: file('pytorch'), 'ort-training': file('ort-training') },
    inputs: view.inputs.map(({ name = '' }) => name),
    feeds,
    taken: taken.map(([name]) => name),
    states,
    embedding,
    trained: ort.trained,
    start,
    ours,
  };
}

function samples(path: string, count: number): number[] {
  const data = readArrays(fixture(path)).get('')?.data ?? [];
  return Array.from({ length: count }, (_, i) => Number(data[i]));
}

interface Start {
  readonly feeds: Tensors;
  readonly start: Tensors;
  /** What the step graph calls what is trained, in the order of `start`. */
  readonly names: readonly string[];
  readonly states: readonly string[];
}

/** Steps of the step graph by plain SGD, from the same start. */
async function ownSteps(
  model: Model,
  options: RewriteOptions,
  { feeds, start, names, states }: Start,
  folder: string,
  runtime: Runtime,
): Promise<Case['ours'] & { readonly embedding: Tensor }> {
  const step = stepModel(model, options, { optimiser: 'sgd', momentum: 0, gradients: true, from: 'inputs' });
  const path = join(folder, 'step.onnx');
  await writeModel(path, step, { force: true });
  const session = await runtime.open({ model: path, provider: 'cpu' });
  const trained = Object.entries(start);
  if (trained.length !== names.length) throw new Error('the graphs do not train the same');
  let given: Record<string, Feed> = Object.fromEntries([
    ...Object.entries(feeds).map(([name, tensor]) => [name, fed(tensor)] as const),
    ...trained.map(([, tensor], i) => [names[i] ?? '', fed(tensor)] as const),
    ['lr', fed(floats([RATE], []))] as const,
  ]);
  const losses: number[] = [];
  const gradients: Record<string, Tensor> = {};
  for (let i = 0; i < STEPS; i++) {
    const made = await session.run(given);
    losses.push(Number(made['loss']?.data[0]));
    for (const [at, [name]] of trained.entries()) {
      const slope = made[`d_${names[at]}`];
      if (i === 0 && slope !== undefined) gradients[name] = plain(slope);
    }
    const next = Object.entries(made).filter(([name]) => name.endsWith('_next'));
    given = {
      ...given,
      ...Object.fromEntries(next.map(([name, value]) => [name.replace(/_next$/, ''), value])),
    };
  }
  await session.release();
  const now = (name: string) => plain(given[name] ?? fed(floats([], [0])));
  return {
    losses,
    gradients,
    values: Object.fromEntries(trained.map(([name], i) => [name, now(names[i] ?? '')])),
    states: Object.fromEntries(states.map((name) => [name, now(name)])),
    embedding: await embeddingOf(model, options, feeds, runtime, folder),
  };
}

async function embeddingOf(
  model: Model,
  options: RewriteOptions,
  { image }: Tensors,
  runtime: Runtime,
  folder: string,
): Promise<Tensor> {
  // The unit embedding would do for no head that keeps lengths, so it is the value in front of the layer.
  const { tail } = planRewrite(model, options);
  const path = join(folder, 'embedding.onnx');
  await writeModel(path, withExtraOutputs(model, [tail.embedding.value]), { force: true });
  const session = await runtime.open({ model: path, provider: 'cpu' });
  const made = image && (await session.run({ image: fed(image) }, [tail.embedding.value]));
  await session.release();
  const value = made?.[tail.embedding.value];
  if (value === undefined) throw new Error('the model gave no embedding');
  return plain(value);
}

/** A graph of an opset, to be imported and trained for one step. */
export interface Trial {
  readonly head: string;
  readonly target: 'pytorch' | 'ort-training';
  readonly opset: number;
  readonly graph: string;
  readonly trained: readonly string[];
  readonly feeds: Tensors;
}

/** Heads that have between them all operators that depend on the opset. */
const TRIED: readonly (readonly [head: string, parameters: RewriteOptions['parameters']])[] = [
  ['arcface', { gradient: 'straight-through' }],
  ['subcenter-arcface', {}],
  ['curricularface', {}],
  ['elasticface', { plus: 'ranked' }],
];

/** Classifiers of other exporters: rows stored as columns, a convolution as the layer, a class for each token. */
const OTHERS = ['digits-keras', 'digits-convhead', 'digits-sklearn', 'token-tagger'];

/** Writes graphs of every opset that a target takes, and of other classifiers, and `opsets.json` with how to feed them. */
export async function writeTrials(folder: string): Promise<Trial[]> {
  const others = await Promise.all(OTHERS.map((name) => readModel(fixtureModel(name))));
  const trials: Trial[] = [];
  for (const target of ['pytorch', 'ort-training'] as const) {
    const [first, last] = VOCABULARIES[target].opsets;
    for (let opset = first; opset <= last; opset++) {
      const model = await readModel(gemmModel({ opset }));
      for (const [head, parameters = {}] of TRIED)
        trials.push(await trialOf(folder, model, { head, parameters, target }));
    }
    for (const model of others) trials.push(await trialOf(folder, model, { head: 'arcface', target }));
  }
  writeFileSync(join(folder, 'opsets.json'), JSON.stringify(trials));
  return trials;
}

async function trialOf(
  folder: string,
  model: Model,
  options: RewriteOptions & Pick<Trial, 'target'>,
): Promise<Trial> {
  const { head, target } = options;
  const { train, trained } = rewrite(model, options);
  const plan = planRewrite(model, options);
  const { opset } = plan.view;
  const graph = `${head}.${basename(model.path ?? '', '.onnx')}.${opset}.${target}.onnx`;
  await writeModel(join(folder, graph), train);
  const [batch = {}] = samplesFor(plan.view, {}).batches;
  const [input] = Object.values(batch);
  const dims = input?.dims.slice(0, plan.tail.embedding.rank === 3 ? 2 : 1) ?? [];
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = Array.from({ length: count }, (_, i) => (i * i) % plan.tail.weight.classes);
  const taken = takenFeeds(plan, noiseFor(plan, count), dims);
  const feeds = Object.entries({ ...batch, ...taken }).map(([name, feed]) => [name, plain(feed)] as const);
  const labels = { element: 'int64', dims, data };
  return { head, target, opset, graph, trained, feeds: { ...Object.fromEntries(feeds), labels } };
}
