import { input, transpose } from '../expr/build.ts';
import type { Shape } from '../expr/expr.ts';
import { lossOf } from '../heads/loss.ts';
import { partsOf } from '../heads/parts.ts';
import type { Taken } from '../heads/taken.ts';
import type { Element } from '../model/elements.ts';
import { makeTensor } from '../model/tensors.ts';
import { type Assembled, assemble, type Constants } from './assemble.ts';
import { headRows } from './head-rows.ts';
import type { Plan } from './plan.ts';
import { embeddingShape } from './seam.ts';

/**
 * The training graph: the model's inputs, `labels` and what the head takes besides → `loss`, `logits`, and each state of
 * the head as it is after the step.
 *
 * W is taken where it lies when it lies there as float32, so that it keeps its name and bytes; else as a new
 * initializer `margin/weight` [C·K, D].
 */
export function trainGraph(plan: Plan): Assembled {
  const { tail, head, values, needs, labelType, ignoreIndex, reduction, labelSmoothing, classWeights } = plan;
  const { classes, dim, layout } = tail.weight;
  const rows = classes * needs.centres;
  const initializer = needs.centres === 1 ? tail.weight.initializer : null;
  const batch = embeddingShape(tail).slice(0, -1);
  const asColumns = initializer !== null && layout === 'DC';
  const stored = input('weight', 'float32', asColumns ? [dim, classes] : [rows, dim]);
  const { bias } = tail;
  const keepsBias = head.keepsBias && bias !== null;
  return assemble(plan, {
    constants: {
      weight: initializer ?? ((name) => makeTensor(name, [rows, dim], headRows(plan))),
      ...(keepsBias ? { bias: (name: string) => makeTensor(name, [classes], bias.rows()) } : {}),
      ...(classWeights === null ? {} : { class_weights: row(classWeights) }),
      ...Object.fromEntries(Object.entries(needs.takes).flatMap(constantOf)),
    },
    inputs: { labels: { element: labelType, shape: batch }, ...noiseInputs(plan, batch) },
    results: (seam) => {
      const { parts, next } = partsOf(
        {
          x: input('x', 'float32', seam.shape),
          w: asColumns ? transpose(stored) : stored,
          bias: keepsBias ? input('bias', 'float32', [classes]) : null,
          labels: input('labels', labelType, batch),
          ignoreIndex,
        },
        needs,
      );
      const logits = head.logits(parts, values);
      const weights = classWeights === null ? null : input('class_weights', 'float32', [1, classes]);
      const options = { reduction, labelSmoothing, classWeights: weights };
      return [
        { name: 'loss', expr: lossOf(head, values, logits, parts, options) },
        { name: 'logits', expr: logits.all },
        ...Object.entries(next).map(([name, expr]) => ({ name, expr })),
      ];
    },
    kept: [],
  });
}

/** `[1, C]` of numbers. */
const row = (numbers: readonly number[]) => (name: string) =>
  makeTensor(name, [1, numbers.length], Float32Array.from(numbers));

/** What lies in the graph of the things that a head takes. */
function constantOf([name, taken]: readonly [string, Taken]): [string, Constants[string]][] {
  if (taken.kind === 'perClass') return [[name, row(taken.values)]];
  if (taken.kind === 'learned') return [[name, (as) => makeTensor(as, [], Float32Array.of(taken.initial))]];
  return [];
}

function noiseInputs({ needs }: Plan, batch: Shape): Record<string, { element: Element; shape: Shape }> {
  const names = Object.entries(needs.takes).flatMap(([name, { kind }]) => (kind === 'noise' ? [name] : []));
  return Object.fromEntries(names.map((name) => [name, { element: 'float32', shape: batch }]));
}
