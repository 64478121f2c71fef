import { fixedBatch } from '../graph/open-batch.ts';
import { viewGraph } from '../graph/view.ts';
import type { Model } from '../model/model.ts';
import { toNumber } from '../model/proto.ts';
import { findTails } from '../tail/find.ts';
import type { Ground } from '../tail/ground.ts';
import { outlineOf } from '../tail/outline.ts';
import { prepare } from '../tail/prepare.ts';
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
    /** How many samples it takes at once; null where it takes any number. */
    readonly batch: number | null;
  };
  /** The tail that `rewrite` would replace; null where there is none, or more than one. */
  readonly tail: InspectedTail | null;
  /** Every tail that was found: more than one has to be chosen from. */
  readonly tails: readonly InspectedTail[];
  /** What is done to the tail before a head takes its place. */
  readonly notes: readonly string[];
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

/** A tail with what a rewrite would make of its outputs, and as a drawing. */
export interface InspectedTail extends TailFacts {
  /** Outputs with classes or their names, which the inference graph keeps. */
  readonly labels: readonly string[];
  /** Outputs with figures of the old scores, which no new graph has. */
  readonly figures: readonly string[];
  /** The node that brings the embedding to length 1, for people, or null. */
  readonly unitEmbedding: string | null;
  /** The tail as text, a line a node, from the embedding down. */
  readonly drawing: readonly string[];
}

export function tailFacts(tail: Tail): TailFacts {
  const { form, nodeName, embedding, logits, output, weight, bias, activation } = tail;
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

function inspected(ground: Ground, tail: Tail): InspectedTail {
  const { labels, figures, unitEmbedding } = tail;
  return { ...tailFacts(tail), labels, figures, unitEmbedding, drawing: outlineOf(ground, tail) };
}

/** Looks at a model without changing or running it. @throws MarginError UNSUPPORTED_MODEL for an opset below 7 */
export function inspect(model: Model): Inspection {
  const { proto } = model;
  const whole = viewGraph(model);
  const { view, notes } = prepare(model);
  const { ground, tails, misses, embeddings } = findTails(view);
  const facts = tails.map((tail) => inspected(ground, tail));
  return {
    model: {
      path: model.path ?? null,
      bytes: model.bytes,
      irVersion: toNumber(proto.irVersion),
      opset: whole.opset,
      producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(' '),
      nodes: whole.nodes.length,
      batch: fixedBatch(whole),
    },
    tail: facts.length === 1 ? (facts[0] ?? null) : null,
    tails: facts,
    notes,
    misses,
    embeddings,
  };
}
