import { viewGraph } from '../graph/view.ts';
import type { Model } from '../model/model.ts';
import { toNumber } from '../model/proto.ts';
import { findTails } from '../tail/find.ts';
import type { Miss, Tail } from '../tail/tail.ts';

/** What a file is and what `rewrite` would find in it. The keys are those of `inspect --json`. */
export interface Inspection {
  readonly model: {
    readonly path: string | null;
    readonly bytes: number;
    readonly irVersion: number;
    readonly opset: number;
    readonly producer: string;
    readonly nodes: number;
  };
  /** The tail that `rewrite` would replace; null where there is none, or more than one. */
  readonly tail: TailFacts | null;
  /** Every tail that was found: more than one has to be chosen from. */
  readonly tails: readonly TailFacts[];
  /** The forms that did not fit, each with the node it stopped at and the reason. */
  readonly misses: readonly Miss[];
  /** Outputs that look like embeddings: `--embedding` can attach a new head to them. */
  readonly embeddings: readonly string[];
}

export interface TailFacts {
  readonly form: string;
  /** The layer's name, or its place as `#12`; null where a new head is attached. */
  readonly node: string | null;
  readonly embedding: string;
  readonly embeddingShape: readonly (number | string | null)[];
  readonly logits: string | null;
  readonly output: string;
  readonly weight: string | null;
  readonly layout: 'CD' | 'DC';
  readonly classes: number;
  readonly dim: number;
  readonly bias: string | null;
  readonly activation: string;
}

export function tailFacts({
  form,
  nodeName,
  embedding,
  logits,
  output,
  weight,
  bias,
  activation,
}: Tail): TailFacts {
  return {
    form,
    node: nodeName,
    embedding: embedding.value,
    embeddingShape: embedding.shape,
    logits,
    output,
    weight: weight.value,
    layout: weight.layout,
    classes: weight.classes,
    dim: weight.dim,
    bias: bias?.value ?? null,
    activation,
  };
}

/** Looks at a model without changing or running it. @throws MarginError UNSUPPORTED_MODEL for an opset below 7 */
export function inspect(model: Model): Inspection {
  const { proto } = model;
  const view = viewGraph(model);
  const { tails, misses, embeddings } = findTails(view);
  const facts = tails.map(tailFacts);
  return {
    model: {
      path: model.path ?? null,
      bytes: model.bytes,
      irVersion: toNumber(proto.irVersion),
      opset: view.opset,
      producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(' '),
      nodes: view.nodes.length,
    },
    tail: facts.length === 1 ? (facts[0] ?? null) : null,
    tails: facts,
    misses,
    embeddings,
  };
}
