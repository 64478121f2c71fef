import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import { VERSION } from '../version.ts';
import type { Assembled } from './assemble.ts';
import type { Plan } from './plan.ts';
import { type GraphKind, withProvenance } from './provenance.ts';

/** A graph that was assembled, as a model that says what it is; `options` are those that were given. */
export function finished(plan: Plan, options: object, graph: GraphKind, made: Assembled): Model {
  const { model, head, values } = plan;
  const facts = {
    version: VERSION,
    source_sha256: model.sha256(),
    head: head.name,
    parameters: JSON.stringify(values),
    options: JSON.stringify(options),
    embedding: made.embedding,
    graph,
  };
  return deriveModel(model, withProvenance(withFields(model.proto, { graph: made.graph }), facts));
}
