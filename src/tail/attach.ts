import { descendants } from '../graph/live.ts';
import type { GraphView } from '../graph/view.ts';
import { MOST_NUMBERS, noEmbedding, noValue, tooLarge } from './attach-refusals.ts';
import { attachableAt } from './embedding.ts';
import { groundOf } from './ground.ts';
import { requireOpset } from './opset.ts';
import { randomRows } from './random-rows.ts';
import type { Tail, Weight } from './tail.ts';
import { unitLength } from './unit-length.ts';

export interface NewHead {
  readonly classes: number;
  /** What the class rows are drawn with. */
  readonly seed: number;
}

/**
 * A tail for a model that has none: a new layer on a value of the graph, with class rows drawn at random from the unit
 * sphere. Nothing of the model is replaced: its own outputs stay, first of all the embedding.
 *
 * @throws MarginError TAIL_NOT_FOUND where there is no such value, or it cannot be an embedding
 */
export function attachTail(view: GraphView, value: string, { classes, seed }: NewHead): Tail {
  requireOpset(view);
  if (view.producer(value) === null && view.input(value) === null) throw noValue(view, value);
  const found = attachableAt(groundOf(view), value);
  if (typeof found === 'string') throw noEmbedding(view, value, found);
  const { embedding, dim, spatial } = found;
  return {
    form: 'embedding',
    node: null,
    nodeName: null,
    nodeLabel: `embedding ${JSON.stringify(value)}`,
    embedding,
    logits: null,
    weight: newWeight({ classes, seed }, dim),
    bias: null,
    activation: 'none',
    output: outputOf(view, value),
    outputs: [],
    labels: [],
    figures: [],
    nodes: [],
    spatial,
    quantised: false,
    unitEmbedding: unitLength(view, embedding.value),
  };
}

/**
 * The same tail with a new layer for other classes: what the old one knew of its classes (bias, scores, names) is nothing to
 * the new ones.
 */
export function withNewClasses(tail: Tail, head: NewHead): Tail {
  const figures = [...tail.figures, ...tail.labels];
  return {
    ...tail,
    logits: null,
    weight: newWeight(head, tail.weight.dim),
    bias: null,
    labels: [],
    figures,
  };
}

/** Class rows drawn at random from the unit sphere. @throws MarginError BAD_PARAM where they are too many for a file */
function newWeight({ classes, seed }: NewHead, dim: number): Weight {
  if (classes * dim > MOST_NUMBERS) throw tooLarge(classes, dim);
  let drawn: Float32Array | null = null;
  const rows = (from = 0, to = classes) => {
    drawn ??= randomRows(classes, dim, seed);
    return drawn.subarray(from * dim, to * dim);
  };
  return { value: null, layout: 'CD', classes, dim, initializer: null, rows };
}

/** The output that the value is or leads to; a head may be attached to a value that leads to none. */
function outputOf(view: GraphView, value: string): string {
  const behind = descendants([value], view.consumers);
  const outputs = view.outputs.map(({ name = '' }) => name);
  const led = outputs.find((name) => {
    const maker = view.producer(name);
    return name === value || (maker !== null && behind.has(maker));
  });
  return led ?? outputs[0] ?? '';
}
