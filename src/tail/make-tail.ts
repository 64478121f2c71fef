import { ofRank } from '../graph/dims.ts';
import { descendants } from '../graph/live.ts';
import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Ground } from './ground.ts';
import { isNonNegative } from './non-negative.ts';
import type { Scores } from './passes.ts';
import type { Bias, Embedding, Tail, Weight } from './tail.ts';
import type { Layer } from './walk.ts';

/** An output that was understood, and the layer that it comes from. */
export interface Scored {
  readonly output: string;
  readonly layer: Layer;
  readonly scores: Scores;
}

/** The tail of one layer, from all the outputs that come from it. */
export function makeTail(ground: Ground, found: readonly [Scored, ...Scored[]]): Tail {
  const { view } = ground;
  // Scores come before labels, and logits with a bias before the bare product, which may be an output too.
  const { output, scores } = found.find((each) => !each.scores.labels) ?? found[0];
  const { layer } = found.find((each) => each.layer.bias !== null) ?? found[0];
  const { node } = layer;
  const behind = descendants(node.output, view.consumers).add(node);
  return {
    form: layer.form,
    node,
    nodeName: view.handle(node),
    nodeLabel: view.label(node),
    embedding: embeddingOf(ground, layer),
    logits: layer.logits,
    weight: weightOf(view, layer, behind),
    bias: biasOf(layer),
    activation: scores.activation,
    output,
    outputs: found.map((each) => each.output),
    nodes: [...behind].sort((a, b) => view.index(a) - view.index(b)),
    spatial: layer.spatial,
  };
}

/** What the layer's weight tells of the embedding is certain; a file's declaration may be stale. */
function embeddingOf({ view, shapes }: Ground, { embedding, rank, axis, dim, element }: Layer): Embedding {
  const { shape } = shapes(embedding);
  const dims = shape?.length === rank ? shape : ofRank(rank);
  return {
    value: embedding,
    rank,
    shape: dims.map((each, at) => (at === axis ? dim : each)),
    element,
    afterRelu: isNonNegative(view, embedding),
  };
}

function weightOf(view: GraphView, layer: Layer, behind: ReadonlySet<NodeProto>): Weight {
  const { weight, layout, classes, dim, alpha } = layer;
  return {
    value: weight.value,
    layout,
    classes,
    dim,
    initializer: liesAsIs(layer) && isAlone(view, weight.value, behind) ? weight.value : null,
    rows() {
      const stored = weight.floats();
      const rows = layout === 'CD' ? stored : transposed(stored, dim, classes);
      return alpha === 1 ? rows : rows.map((w) => alpha * w);
    },
  };
}

/** Whether the weight is a stored matrix that is used without any change. */
function liesAsIs({ weight: { stored, element, shape }, alpha }: Layer): boolean {
  return stored !== null && element === 'float32' && shape.length === 2 && alpha === 1;
}

/** Whether a value is an initializer that nothing but the tail reads: training may then change it. */
function isAlone(view: GraphView, value: string, tail: ReadonlySet<NodeProto>): boolean {
  if (view.initializer(value) === null || view.producer(value) !== null) return false;
  return (
    view.consumers(value).every((node) => tail.has(node)) && !view.outputs.some(({ name }) => name === value)
  );
}

function biasOf({ bias, beta, classes }: Layer): Bias | null {
  if (bias === null) return null;
  return {
    value: bias.value,
    rows() {
      const stored = bias.floats();
      const each = (j: number) => beta * (stored[stored.length === 1 ? 0 : j] ?? 0);
      return Float32Array.from({ length: classes }, (_, j) => each(j));
    },
  };
}

/** A matrix of `rows` by `columns` with its axes exchanged. */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j] ?? 0;
  return result;
}
