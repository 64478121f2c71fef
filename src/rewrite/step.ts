import { add, div, input, min, mul, reduceSum, sqrt, square } from '../expr/build.ts';
import type { Expr, Shape } from '../expr/expr.ts';
import { grad } from '../expr/grad.ts';
import type { Element } from '../model/elements.ts';
import { type Assembled, assemble, type Constants, type Replacement, type Result } from './assemble.ts';
import { type OptimiserOptions, optimiserOf, type Trained } from './optimisers.ts';
import type { Plan } from './plan.ts';
import { ROWS, samplingOf } from './sampled.ts';
import { fixedConstants, trainedInputs, trainingInputs, trainingOf } from './training.ts';

export interface StepOptions extends OptimiserOptions {
  /** The longest that all gradients together may be; null: however long. */
  readonly clipNorm: number | null;
  /**
   * How many classes a step sees; null: all. Then `rows` says which, and what is new is of them alone: see `sampled.ts`.
   */
  readonly sampledClasses: number | null;
  /** Whether of a sample of classes what is trained goes in as it comes out, of them alone, rather than whole. */
  readonly rowsGiven: boolean;
  /** The part of the learning rate that layers before the head learn with. */
  readonly layersRate: number;
  /** Whether the gradients are outputs too, `d_embedding` among them. */
  readonly gradients: boolean;
}

/** Steps as they are where nothing is said. */
export const PLAIN_STEP: StepOptions = {
  optimiser: 'sgd',
  momentum: 0.9,
  weightDecay: 0,
  clipNorm: null,
  sampledClasses: null,
  rowsGiven: false,
  layersRate: 1,
  gradients: false,
};

/** A step as expressions: what goes in besides the embedding, and what comes out. */
export interface Step {
  readonly inputs: Replacement['inputs'];
  readonly results: readonly Result[];
}

/**
 * A training step: `labels`, the trained tensors with what the optimiser remembers of them, `lr`, `step` and what the head
 * takes besides → `loss`, every trained tensor and memory after the step as `<name>_next`, and each state of the head.
 *
 * Trained are `weight` [C·K, D], `bias` [C] where the head keeps one, and the numbers that the head learns: scalars, or
 * [1, C] where there is one for each class.
 */
export function stepOf(plan: Plan, options: StepOptions): Step {
  const { loss, states, trained, gradients } = headStep(plan, options);
  const { memories, results } = updatesOf(trained, options);
  return {
    inputs: stepInputs(plan, options, trained, memories),
    results: [loss, ...results, ...states, ...(options.gradients ? gradients : [])],
  };
}

/** The step as a graph from the model's inputs on. Plain operators throughout, so that any session of ONNX Runtime trains. */
export function stepGraph(plan: Plan, options: StepOptions): Assembled {
  const { inputs, results } = stepOf(plan, options);
  return assemble(plan, {
    constants: stepConstants(plan, inputs),
    inputs,
    results: () => results,
    kept: [],
    scores: null,
  });
}

/** The numbers of the head that a step does not train. */
export function stepConstants(plan: Plan, inputs: Step['inputs']): Constants {
  const fixed = Object.entries(fixedConstants(plan)).filter(([name]) => !(name in inputs));
  return Object.fromEntries(fixed);
}

/** A step of the head alone: the loss, what is new of its states, what is trained, and the gradients by their names. */
export function headStep(plan: Plan, { sampledClasses, rowsGiven }: StepOptions) {
  const { reduction } = plan;
  const sampling = sampledClasses === null ? null : samplingOf(plan, sampledClasses);
  const pick = sampling?.pick ?? ((whole: Expr) => whole);
  const inputs = trainedInputs(plan).map((whole) => (rowsGiven ? (sampling?.part(whole) ?? whole) : whole));
  const tensors = rowsGiven ? inputs : inputs.map(pick);
  const taken = Object.fromEntries(tensors.map((each, i) => [inputs[i]?.name ?? '', each]));
  const { weight, bias = null } = taken;
  if (weight === undefined) throw new Error('a head without class rows');
  const reduced = reduction === 'none' ? 'mean' : reduction;
  const training = trainingOf(plan, weight, bias, reduced, taken, pick);
  const [dX, ...slopes] = grad(training.loss, [training.x, ...tensors]);
  const trained = inputs.map((whole, i): Trained => {
    const [name, value] = [whole.name ?? '', tensors[i] ?? whole];
    const own = { name, whole, value, gradient: slopes[i] ?? value, decays: name === 'weight' };
    return sampling === null || rowsGiven ? own : { ...own, remembered: sampling.remembered(whole) };
  });
  return {
    loss: { name: 'loss', expr: training.loss } satisfies Result,
    states: Object.entries(training.next).map(([name, expr]): Result => ({ name, expr })),
    trained,
    gradients: [
      ...(dX === undefined ? [] : [{ name: 'd_embedding', expr: dX }]),
      ...trained.map(({ name, gradient }): Result => ({ name: `d_${name}`, expr: gradient })),
    ],
  };
}

/** The updates of all trained tensors, their gradients shortened together, and the memories that they take. */
export function updatesOf(trained: readonly Trained[], options: StepOptions) {
  const optimise = optimiserOf(options);
  const [rate, step] = [input('lr', 'float32', []), input('step', 'float32', [])];
  const shortened = clippedTo(
    options.clipNorm,
    trained.map(({ gradient }) => gradient),
  );
  const updates = trained.map((each, i) => {
    const gradient = shortened[i] ?? each.gradient;
    const own = each.share === undefined || each.share === 1 ? rate : mul(rate, each.share);
    return { name: each.name, ...optimise({ ...each, gradient }, { rate: own, step }) };
  });
  const memories = updates.flatMap(({ memory }) => Object.entries(memory));
  return {
    memories: memories.map(([name, { input: whole }]) => [name, whole.shape] as const),
    results: [
      ...updates.map(({ name, next }): Result => ({ name: `${name}_next`, expr: next })),
      ...memories.map(([name, { next }]): Result => ({ name: `${name}_next`, expr: next })),
    ],
  };
}

/** What a step is fed besides what it begins with. */
export function stepInputs(
  plan: Plan,
  options: StepOptions,
  trained: readonly Trained[],
  memories: readonly (readonly [name: string, shape: Shape])[],
): Step['inputs'] {
  return {
    ...trainingInputs(plan),
    ...(options.sampledClasses === null
      ? {}
      : { [ROWS]: { element: plan.labelType, shape: [options.sampledClasses] } }),
    ...floats(trained.map(({ name, whole }) => [name, whole.shape])),
    ...floats(memories),
    // Without defaults: onnxruntime-node does not feed an input that has one.
    ...floats(runningNumbers(plan, options).map((name) => [name, []])),
  };
}

/** The scalars that go in at every step: rates, counts, settings and states. */
function runningNumbers({ needs }: Plan, { optimiser }: StepOptions): string[] {
  const taken = Object.entries(needs.takes).flatMap(([name, { kind }]) =>
    kind === 'setting' || kind === 'state' ? [name] : [],
  );
  return ['lr', ...(optimiser === 'adamw' ? ['step'] : []), ...taken];
}

function floats(
  inputs: readonly (readonly [name: string, shape: Shape])[],
): Record<string, { element: Element; shape: Shape }> {
  return Object.fromEntries(inputs.map(([name, shape]) => [name, { element: 'float32', shape }]));
}

/** Gradients made shorter together where they are longer together than is allowed. */
function clippedTo(most: number | null, gradients: readonly Expr[]): readonly Expr[] {
  if (most === null) return gradients;
  const squares = gradients.map((gradient) => reduceSum(square(gradient), undefined, false));
  const length = sqrt(squares.reduce((sum, each) => add(sum, each)));
  // As PyTorch's clip_grad_norm_: a length of 0 is no division by 0.
  const factor = min(div(most, add(length, 1e-6)), 1);
  return gradients.map((gradient) => mul(gradient, factor));
}
