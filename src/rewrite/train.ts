import { input, transpose } from '../expr/build.ts';
import { madeTensor, makeTensor } from '../model/tensors.ts';
import { type Assembled, assemble } from './assemble.ts';
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
  const { classes, dim, layout } = tail.weight;
  const rows = classes * needs.centres;
  const initializer = needs.centres === 1 ? tail.weight.initializer : null;
  const asColumns = initializer !== null && layout === 'DC';
  const stored = input('weight', 'float32', asColumns ? [dim, classes] : [rows, dim]);
  const bias = head.keepsBias ? tail.bias : null;
  const training = trainingOf(
    plan,
    asColumns ? transpose(stored) : stored,
    bias && input('bias', 'float32', [classes]),
    reduction,
  );
  return assemble(plan, {
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
}
