import { ofRank, product } from '../graph/dims.ts';
import { descendants } from '../graph/live.ts';
import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { transposed } from '../model/transposed.ts';
import type { Ground } from './ground.ts';
import type { Linear } from './linear.ts';
import { isNonNegative } from './non-negative.ts';
import type { Scores } from './pass.ts';
import type { Activation, Embedding, Tail, Weight } from './tail.ts';
import { unitLength } from './unit-length.ts';
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
  const { output, scores, layer } = found.find((each) => each.scores.kind === 'scores') ?? found[0];
  const linear = found.find((each) => each.scores.linear.bias !== null)?.scores.linear ?? scores.linear;
  // Labels by another product than the one that is replaced cannot be told from its scores.
  const labelled = found.filter(
    ({ scores: { kind, linear: own } }) => kind === 'labels' && own.logits === linear.logits,
  );
  const { node } = linear;
  const behind = descendants(node.output, view.consumers).add(node);
  return {
    form: linear.bias !== null && layer.bias === null ? `${layer.form}-add` : layer.form,
    node,
    nodeName: view.handle(node),
    nodeLabel: view.label(node),
    embedding: embeddingOf(ground, linear),
    logits: linear.logits,
    weight: weightOf(view, linear, behind),
    bias: linear.bias,
    activation: activationOf(scores),
    output,
    outputs: found.map((each) => each.output),
    labels: labelled.map((each) => each.output),
    figures: found
      .filter((each) => each.scores.kind !== 'scores' && !labelled.includes(each))
      .map((each) => each.output),
    nodes: [...behind].sort((a, b) => view.index(a) - view.index(b)),
    spatial: linear.spatial,
    quantised: found.some((each) => each.scores.quantised !== 'never'),
    unitEmbedding: unitLength(view, linear.embedding),
  };
}

const activationOf = ({ activation }: Scores): Activation => (activation === 'exp' ? 'none' : activation);

/** What the layer's weight tells of the embedding is certain; a file's declaration may be stale. */
function embeddingOf(
  { view, shapes }: Ground,
  { embedding, rank, axis, dim, element, spatial }: Linear,
): Embedding {
  const { shape } = shapes(embedding);
  const dims = shape?.length === rank ? shape : ofRank(rank);
  // The channels of a map are fewer than the numbers that it is flattened to.
  const places = spatial ? Number(product(dims.slice(2))) : 1;
  const channels = dim / places;
  return {
    value: embedding,
    rank,
    shape: dims.map((each, at) => (at === axis ? channels : each)),
    element,
    afterRelu: isNonNegative(view, embedding),
  };
}

function weightOf(view: GraphView, layer: Linear, behind: ReadonlySet<NodeProto>): Weight {
  const { weight, layout, classes, dim, gain } = layer;
  let gains: ArrayLike<number> | null = null;
  return {
    value: weight.value,
    layout,
    classes,
    dim,
    initializer: liesAsIs(layer) && isAlone(view, weight.value, behind) ? weight.value : null,
    rows(from = 0, to = classes) {
      const count = to - from;
      const stored = weight.floats(
        layout === 'CD'
          ? { first: from * dim, length: count * dim, stride: 0, count: 1 }
          : { first: from, length: count, stride: classes, count: dim },
      );
      const rows = layout === 'CD' ? stored : transposed(stored, dim, count);
      gains ??= gain?.() ?? null;
      const own = gains;
      return own === null ? rows : rows.map((w, i) => (own[from + Math.floor(i / dim)] ?? 1) * w);
    },
  };
}

/** Whether the weight is a stored matrix that is used without any change. */
function liesAsIs({ weight: { stored, element, shape }, gain }: Linear): boolean {
  return stored !== null && element === 'float32' && shape.length === 2 && gain === null;
}

/** Whether a value is an initializer that nothing but the tail reads: training may then change it. */
function isAlone(view: GraphView, value: string, tail: ReadonlySet<NodeProto>): boolean {
  if (view.initializer(value) === null || view.producer(value) !== null) return false;
  return (
    view.consumers(value).every((node) => tail.has(node)) && !view.outputs.some(({ name }) => name === value)
  );
}
