import { MarginError } from '../errors.ts';
import { extractFrom } from '../graph/extract.ts';
import { renameValues } from '../graph/rename.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { Assembled } from './assemble.ts';
import { finished } from './finish.ts';
import type { Plan, STEP_STARTS } from './plan.ts';
import { provenanceOf, withProvenance } from './provenance.ts';
import { planRewrite, type RewriteOptions } from './rewrite.ts';
import { PLAIN_STEP, type StepOptions, stepGraph } from './step.ts';

export interface StepModelOptions extends Partial<StepOptions> {
  /** What a step is fed: embeddings, computed once by a backbone that stays as it is, or the model's own inputs. */
  readonly from?: (typeof STEP_STARTS)[number];
}

/**
 * The step graph of a rewrite as a model of its own: what ONNX Runtime runs once a batch to train the head.
 * @throws MarginError as `rewrite` does, and BAD_PARAM for an option of the step that is out of range
 */
export function stepModel(model: Model, options: RewriteOptions, step: StepModelOptions = {}): Model {
  const plan = planRewrite(model, options);
  const { from = 'embedding', ...given } = step;
  const settled = { ...PLAIN_STEP, ...given };
  refuseOddStep(settled);
  const made = stepGraph(plan, settled);
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
  const facts = provenanceOf(part.proto);
  if (facts === null) throw new Error('a finished graph without provenance');
  const proto = withFields(part.proto, { graph: renamed });
  return deriveModel(part, withProvenance(proto, { ...facts, embedding: 'embedding' }));
}

function refuseOddStep({ momentum, weightDecay, clipNorm }: StepOptions): void {
  const refuse = (flag: string, value: number, expected: string) => {
    throw new MarginError({
      code: 'BAD_PARAM',
      message: `${flag} is out of range.`,
      saw: `${flag} ${value}`,
      expected,
      tryThis: ['leave it out'],
    });
  };
  if (!(momentum >= 0 && momentum < 1)) refuse('--momentum', momentum, '[0, 1)');
  if (!(weightDecay >= 0 && weightDecay < Infinity)) refuse('--weight-decay', weightDecay, '0 or more');
  if (clipNorm !== null && !(clipNorm > 0)) refuse('--clip-norm', clipNorm, 'a length above 0');
}
