import { extractFrom } from '../graph/extract.ts';
import { renameValues } from '../graph/rename.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { Assembled } from './assemble.ts';
import { finished } from './finish.ts';
import type { Plan } from './plan.ts';
import { planRewrite, type RewriteOptions } from './rewrite.ts';
import { type StepOptions, stepGraph } from './step.ts';

export interface StepModelOptions extends Partial<StepOptions> {
  /** What a step is fed: embeddings, computed once by a backbone that stays as it is, or the model's own inputs. */
  readonly from?: 'embedding' | 'inputs';
}

const PLAIN: StepOptions = {
  optimiser: 'sgd',
  momentum: 0.9,
  weightDecay: 0,
  clipNorm: null,
  gradients: false,
};

/**
 * The step graph of a rewrite as a model of its own: what ONNX Runtime runs once a batch to train the head.
 * @throws MarginError as `rewrite` does
 */
export function stepModel(model: Model, options: RewriteOptions, step: StepModelOptions = {}): Model {
  const plan = planRewrite(model, options);
  const { from = 'embedding', ...given } = step;
  const made = stepGraph(plan, { ...PLAIN, ...given });
  const whole = finished(plan, { ...options, step }, 'step', made);
  return from === 'inputs' ? whole : fromEmbedding(whole, made, plan);
}

/** The part behind the backbone, with the embedding as the input `embedding`. */
function fromEmbedding(whole: Model, made: Assembled, { tail }: Plan): Model {
  const { element, shape } = tail.embedding;
  const outputs = (whole.proto.graph?.output ?? []).map(({ name = '' }) => name);
  const part = extractFrom(whole, tensorInfo(made.embedding, element, shape), outputs);
  const { graph } = part.proto;
  if (!graph || made.embedding === 'embedding') return part;
  // No value of this part but the embedding can have come from the model, so the name is free.
  const renamed = renameValues(graph, new Map([[made.embedding, 'embedding']]));
  return deriveModel(part, withFields(part.proto, { graph: renamed }));
}
