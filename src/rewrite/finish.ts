import { withFields } from '../model/codec.ts';
import type { Later } from '../model/later.ts';
import { deriveModel, type Model } from '../model/model.ts';
import { VERSION } from '../version.ts';
import type { Assembled } from './assemble.ts';
import type { Plan } from './plan.ts';
import { type GraphKind, withProvenance } from './provenance.ts';
import { changingValues } from './trained.ts';

/** A graph that was assembled, as a model that says what it is; `options` are those that were given. */
export function finished(plan: Plan, options: object, graph: GraphKind, made: Assembled): Model {
  const { model, head, values } = plan;
  const facts = {
    version: VERSION,
    source_sha256: sourceDigest(model),
    head: head.name,
    parameters: JSON.stringify(values),
    options: JSON.stringify(options),
    embedding: made.embedding,
    graph,
    ...(plan.trainedRows === null ? {} : { trained: JSON.stringify(trainedFacts(plan, made)) }),
  };
  return deriveModel(model, withProvenance(withFields(model.proto, { graph: made.graph }), facts));
}

/** The SHA-256 of the source, in hex; of a large one it is computed while the graphs are written, and comes last. */
function sourceDigest({ sha256, hashAhead }: Model): string | Later {
  if (hashAhead === undefined) return sha256();
  hashAhead();
  return { byteLength: 64, text: sha256 };
}

/** What a graph says of its training, for whoever checks it: it cannot be made again from the source alone. */
export interface TrainedFacts {
  /** Initializers by what they are: `weight`, or `weight_unit` and `weight_norm`; `bias`. */
  readonly tensors: Readonly<Record<string, string>>;
  /** Initializers of layers before the head, by what the model that it was made from calls them. */
  readonly layers?: Readonly<Record<string, string>>;
  /** Learned numbers and states as they are after training. */
  readonly numbers: Readonly<Record<string, number | readonly number[]>>;
}

function trainedFacts({ needs, trainedLayers }: Plan, { constants, nameOf }: Assembled): TrainedFacts {
  const kept = ['weight', 'weight_unit', 'weight_norm', 'bias'];
  return {
    tensors: Object.fromEntries(Object.entries(constants).filter(([name]) => kept.includes(name))),
    ...(trainedLayers.length === 0
      ? {}
      : { layers: Object.fromEntries(trainedLayers.map((value) => [value, nameOf(value)])) }),
    numbers: Object.fromEntries(
      Object.entries(needs.takes).flatMap(([name, taken]) => {
        const values = changingValues(taken);
        return values === null ? [] : [[name, taken.kind === 'perClass' ? values : (values[0] ?? 0)]];
      }),
    ),
  };
}
