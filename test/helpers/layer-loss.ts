import { evaluate } from '#expr/evaluate.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { storedTensor } from '#graph/constants.js';
import type { Model } from '#model/model.js';
import type { NodeProto } from '#model/proto.js';
import { readTensor } from '#model/tensors.js';
import { type LayersOptions, planLayers } from '#rewrite/layers.js';
import { planRewrite } from '#rewrite/rewrite.js';
import { runForward } from './forward.ts';
import { headGraph } from './head-graph.ts';
import { takenTensors } from './taken.ts';

export type Values = Readonly<Record<string, Tensor>>;

/**
 * The loss of a head behind the layers of a model, in float64, as a function of what the cut gives and of tensors by
 * their names in the model: what the gradients of a step are differenced over.
 */
export function layerLoss(
  model: Model,
  head: string,
  options: LayersOptions,
  { labels, rows }: { readonly labels: readonly number[]; readonly rows?: Float32Array },
) {
  const plan = planRewrite(model, { head });
  const layers = planLayers(plan, options);
  if (layers === null) throw new Error('no layers are trained');
  const { view, tail } = plan;
  const constant = (name: string) => {
    const stored = storedTensor(view, name);
    if (stored === null) return null;
    const { data, dims } = readTensor(model, stored);
    return { shape: dims, data: Float64Array.from(data, Number) };
  };
  const isConstant = ({ opType }: NodeProto) => opType === 'Constant';
  const nodes = layers.part.nodes.filter((node) => !isConstant(node));
  const made = new Set(nodes.flatMap(({ output }) => output));
  const read = new Set(nodes.flatMap(({ input }) => input));
  const constants = [...read].flatMap((name) => {
    const value = name === '' || made.has(name) ? null : constant(name);
    return value === null ? [] : [[name, value] as const];
  });
  const { classes, dim } = tail.weight;
  const graph = headGraph(head, {}, dim, classes);
  const w = tensor(rows ?? tail.weight.rows(), [classes, dim]);
  return (given: Values): number => {
    const values = new Map<string, Tensor>([...constants, ...Object.entries(given)]);
    // A trained tensor that is another one under a second name is not made again.
    runForward(
      nodes.filter(({ output }) => !output.some((name) => Object.hasOwn(given, name))),
      values,
      view.opset,
      (name) => /^u?int/.test(layers.body.shapes(name).element ?? ''),
    );
    const embedding = values.get(tail.embedding.value);
    if (embedding === undefined) throw new Error('the layers gave no embedding');
    const x = { shape: [embedding.data.length / dim, dim], data: embedding.data };
    const bound = { x, w, labels: tensor(labels), ...takenTensors(graph.takes, {}) };
    return evaluate([graph.loss], bound)[0]?.data[0] ?? Number.NaN;
  };
}
