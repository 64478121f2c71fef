import type { Model } from '../model/model.ts';
import { deepStepGraph } from './deep-step.ts';
import { finished } from './finish.ts';
import type { Layers } from './layers.ts';
import type { Plan } from './plan.ts';
import type { RewriteOptions } from './rewrite.ts';
import { type StepOptions, stepGraph } from './step.ts';
import { cutOf, fromCut } from './step-model.ts';

/**
 * The step graph of a plan over values that lie in tables. Of the head alone these are embeddings: `embedding` [N, D] of
 * float32 and `labels` [N], whatever shape and type the embedding has in the model, so that rows of any samples make a
 * batch. With layers before it they are the values of the cut, each a row a sample.
 */
export function tableStep(
  plan: Plan,
  options: RewriteOptions,
  step: StepOptions,
  layers: Layers | null,
): Model {
  const at = layers === null ? overRows(plan) : plan;
  const made = layers === null ? stepGraph(at, step) : deepStepGraph(at, step, layers);
  return fromCut(finished(at, { ...options, step }, 'step', made), made, cutOf(at, layers));
}

/** The plan of a head that takes embeddings one by one. */
function overRows(plan: Plan): Plan {
  const { tail } = plan;
  const { value, afterRelu } = tail.embedding;
  const shape = [null, tail.weight.dim];
  const embedding = { value, afterRelu, rank: 2, shape, element: 'float32' } as const;
  return { ...plan, tail: { ...tail, embedding, spatial: false } };
}
