import { input, transpose } from '../expr/build.ts';
import { VOCABULARIES } from '../expr/vocabulary.ts';
import { withFields } from '../model/codec.ts';
import type { GraphProto, TensorProto } from '../model/proto.ts';
import { madeTensor, makeTensor } from '../model/tensors.ts';
import { transposed } from '../model/transposed.ts';
import { type Assembled, assemble } from './assemble.ts';
import { withFixedNorms } from './fixed-norms.ts';
import { headRowsPayload } from './head-rows.ts';
import type { Plan } from './plan.ts';
import { fixedConstants, learnedConstants, trainedInputs, trainingInputs, trainingOf } from './training.ts';

/**
 * The training graph: the model's inputs, `labels` and what the head takes besides → `loss`, `logits`, and each state of
 * the head as it is after the step.
 *
 * W is taken where it lies when it lies there as float32, so that it keeps its name and bytes; else as a new
 * initializer `margin/weight` [C·K, D].
 */
export function trainGraph(plan: Plan): Assembled {
  const { tail, head, needs, reduction, target } = plan;
  const { classes, dim } = tail.weight;
  const rows = classes * needs.centres;
  const layout = storedLayout(plan);
  const initializer = layout === null ? null : tail.weight.initializer;
  const asColumns = layout === 'DC';
  const stored = input('weight', 'float32', asColumns ? [dim, classes] : [rows, dim]);
  const bias = head.keepsBias ? tail.bias : null;
  const training = trainingOf(
    plan,
    asColumns ? transpose(stored) : stored,
    bias && input('bias', 'float32', [classes]),
    reduction,
  );
  const read = { ...plan, view: readView(plan) };
  const made = assemble(read, {
    constants: {
      weight: initializer ?? ((name) => madeTensor(name, [rows, dim], headRowsPayload(plan))),
      ...(bias === null ? {} : { bias: (name: string) => makeTensor(name, [classes], bias.rows()) }),
      ...fixedConstants(plan),
      ...learnedConstants(plan),
    },
    inputs: trainingInputs(plan),
    results: () => [
      { name: 'loss', expr: training.loss },
      { name: 'logits', expr: training.logits },
      ...Object.entries(training.next).map(([name, expr]) => ({ name, expr })),
    ],
    kept: [],
    scores: null,
    target,
    trained: trainedInputs(plan).map(({ name }) => name ?? ''),
  });
  if (initializer === null || plan.trainedRows === null) return made;
  const data = asColumns ? transposed(plan.trainedRows, rows, dim) : plan.trainedRows;
  const name = made.constants['weight'] ?? initializer;
  return {
    ...made,
    graph: withTensor(made.graph, makeTensor(name, asColumns ? [dim, rows] : [rows, dim], data)),
  };
}

/** The graph with a tensor in the place of the initializer that has its name. */
function withTensor(graph: GraphProto, tensor: TensorProto): GraphProto {
  const initializer = graph.initializer.map((each) => (each.name === tensor.name ? tensor : each));
  return withFields(graph, { initializer });
}

/** Whether W lies in the training graph as the layer had it, and how: null where it is an initializer of our own. */
export function storedLayout({ tail: { weight }, needs: { centres } }: Plan): 'CD' | 'DC' | null {
  return centres === 1 && weight.initializer !== null ? weight.layout : null;
}

/** The model as the one who trains is to read it. */
const readView = ({ view, target }: Plan) =>
  VOCABULARIES[target].normalisesBatches ? withFixedNorms(view) : view;

/** Whether the training graph has a BatchNormalization of the model as other nodes, which round otherwise. */
export const hasFixedNorms = (plan: Plan): boolean => readView(plan) !== plan.view;
