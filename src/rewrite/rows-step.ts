import type { Model } from '../model/model.ts';
import { finished } from './finish.ts';
import type { Plan } from './plan.ts';
import type { RewriteOptions } from './rewrite.ts';
import { type StepOptions, stepGraph } from './step.ts';
import { cutOf, fromCut } from './step-model.ts';

/**
 * The step graph of a plan over embeddings that lie in a table: `embedding` [N, D] of float32 and `labels` [N], whatever
 * shape and type the embedding has in the model, so that rows of any samples make a batch.
 */
export function rowsStep(plan: Plan, options: RewriteOptions, step: StepOptions): Model {
  const { tail } = plan;
  const { value, afterRelu } = tail.embedding;
  const embedding = {
    value,
    afterRelu,
    rank: 2,
    shape: [null, tail.weight.dim],
    element: 'float32',
  } as const;
  const flat: Plan = { ...plan, tail: { ...tail, embedding, spatial: false } };
  const made = stepGraph(flat, step);
  return fromCut(finished(flat, { ...options, step }, 'step', made), made, cutOf(flat, null));
}
