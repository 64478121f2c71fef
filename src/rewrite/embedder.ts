import { extractFrom } from '../graph/extract.ts';
import { renameValues } from '../graph/rename.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { Layers } from './layers.ts';
import { openWeights } from './open-weights.ts';
import type { Plan } from './plan.ts';

/**
 * The trained layers alone: the values of the cut and the tensors of the layers, by the names that the step graph has for
 * them → the embedding, as the model calls it.
 */
export function embedderModel({ model, tail }: Plan, { cut, tensors }: Layers): Model {
  const given = cut.map(({ value, element, shape }) => tensorInfo(value, element, shape));
  const part = extractFrom(model, given, [tail.embedding.value]);
  const { graph } = part.proto;
  if (!graph) throw new Error('a part of a model without a graph');
  const opened = openWeights(graph, tensors, (value) => value);
  const names = cut.flatMap(({ value, name }) => (value === name ? [] : [[value, name] as const]));
  return deriveModel(part, withFields(part.proto, { graph: renameValues(opened, new Map(names)) }));
}
