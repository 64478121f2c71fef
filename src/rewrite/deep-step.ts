import { writeGradients } from '../backward/backward.ts';
import { shapedAs } from '../backward/shaped.ts';
import { wordsOf } from '../backward/words.ts';
import { input } from '../expr/build.ts';
import type { Writer } from '../expr/writer.ts';
import { type Assembled, assemble, type Result } from './assemble.ts';
import type { Layers } from './layers.ts';
import { openWeights } from './open-weights.ts';
import type { Trained } from './optimisers.ts';
import type { Plan } from './plan.ts';
import { headStep, type StepOptions, stepConstants, stepInputs, updatesOf } from './step.ts';

/** A trained tensor whose gradient is a value of the graph, `d_<name>`. */
const placed = (trained: Omit<Trained, 'gradient'>): Trained => {
  const { name, value } = trained;
  return { ...trained, gradient: input(`d_${name}`, 'float32', value.shape) };
};

/**
 * The step graph of a head and of layers before it: as `stepGraph`, with the tensors of the layers among what is trained, by
 * their own names. From d loss / d embedding on the gradients are made by nodes, which the updates then take.
 */
export function deepStepGraph(plan: Plan, options: StepOptions, layers: Layers): Assembled {
  const { loss, states, trained, gradients } = headStep(plan, options);
  const head = trained.map(placed);
  const deep = layers.tensors.map(({ name, dims }) => {
    const value = input(name, 'float32', dims);
    return placed({
      name,
      whole: value,
      value,
      // As at class rows: of matrices and kernels, not of biases and scales.
      decays: dims.filter((dim) => dim !== 1).length > 1,
      share: options.layersRate,
    });
  });
  const { memories, results } = updatesOf([...head, ...deep], options);
  const inputs = stepInputs(plan, options, head, memories);
  const made = assemble(plan, {
    constants: {
      ...stepConstants(plan, inputs),
      ...Object.fromEntries(layers.tensors.map(({ name, value }) => [name, value])),
    },
    inputs,
    results: () => [loss, ...states, ...gradients.map((each) => ({ ...each, inner: !options.gradients }))],
    sequel: (writer, held) => {
      const slopes = slopesOf(writer, plan, layers, held('d_embedding'));
      const own = head.map(({ name }) => [`d_${name}`, held(`d_${name}`)] as const);
      return {
        bind: { ...Object.fromEntries(own), ...slopes },
        results: [...results, ...(options.gradients ? deep.map(slopeResult) : [])],
      };
    },
    kept: [],
    scores: null,
  });
  return { ...made, graph: openWeights(made.graph, layers.tensors, made.nameOf) };
}

const slopeResult = ({ name, gradient }: Trained): Result => ({ name: `d_${name}`, expr: gradient });

/** Goes back through the layers: the values that hold the gradients of their tensors, as `d_<name>`. */
function slopesOf(
  writer: Writer,
  { tail, view }: Plan,
  { body, part, tensors }: Layers,
  up: string,
): Record<string, string> {
  const { value } = tail.embedding;
  // The head took [N, D, 1, 1] as [N, D].
  const seed = tail.spatial ? shapedAs(wordsOf(writer), up, value, body.shapes(value).shape) : up;
  const made = writeGradients(writer, {
    view,
    shapes: body.shapes,
    nodes: part.nodes,
    seeds: new Map([[value, seed]]),
    wanted: new Set(tensors.map((each) => each.value)),
  });
  return Object.fromEntries(tensors.map((each) => [`d_${each.name}`, made.get(each.value) ?? '']));
}
