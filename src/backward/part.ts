import { ancestors, descendants } from '../graph/live.ts';
import type { Shapes } from '../graph/shapes.ts';
import { type GraphView, isStandard } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { sampleRows } from './sample-rows.ts';
import { type Stored, storedWeights } from './stored.ts';

/** The end of a model that is trained: what lies between some of its nodes and the embedding. */
export interface Part {
  /** Everything that must run again at each step, constants and shapes that it needs among it, in file order. */
  readonly nodes: readonly NodeProto[];
  /** The values that go in, each made by what stays frozen: a row a sample, computed once. */
  readonly cut: readonly string[];
  /** What is trained, in file order of the nodes that read it. */
  readonly weights: readonly Stored[];
}

/** What a part is looked for in. */
export interface Body {
  readonly view: GraphView;
  readonly shapes: Shapes;
  readonly embedding: string;
  /** Depends on what is fed. */
  readonly fed: ReadonlySet<NodeProto>;
  /** Depends on the numbers that are fed, and not on their shapes alone. */
  readonly sampled: ReadonlySet<NodeProto>;
  /** The values that hold a row a sample. */
  readonly rows: ReadonlySet<string>;
}

export function bodyOf(view: GraphView, shapes: Shapes, embedding: string): Body {
  const inputs = view.inputs.map(({ name = '' }) => name);
  const measures = (node: NodeProto) => isStandard(node) && /^(Shape|Size)$/.test(node.opType ?? '');
  const reading = (value: string) => view.consumers(value).filter((node) => !measures(node));
  const sampled = descendants(inputs, reading);
  return {
    view,
    shapes,
    embedding,
    fed: descendants(inputs, view.consumers),
    sampled,
    rows: sampleRows(view, shapes, sampled),
  };
}

/** The nodes of a body that lead to the embedding, in file order. */
export function leadingNodes({ view, embedding, fed }: Body): readonly NodeProto[] {
  const leading = ancestors([embedding], view.producer, view.reads);
  return view.nodes.filter((node) => leading.has(node) && fed.has(node));
}

/** The part of a body that begins at some of its nodes. */
export function partFrom(body: Body, starts: readonly NodeProto[]): Part {
  const { view, embedding } = body;
  const leading = ancestors([embedding], view.producer, view.reads);
  const behind = descendants(
    starts.flatMap(({ output }) => output),
    view.consumers,
  );
  const core = new Set([...starts, ...behind].filter((node) => leading.has(node)));
  const { nodes, cut } = supplied(body, core);
  return {
    nodes: view.nodes.filter((node) => nodes.has(node)),
    cut,
    weights: storedWeights(
      body,
      view.nodes.filter((node) => core.has(node)),
    ),
  };
}

/**
 * What a part needs besides its own nodes: floats with a row a sample are the cut. Constants, shapes, what is no float
 * (masks, lengths) and what mixes samples in its rows are made again at each step, since a batch of other samples has others.
 */
function supplied({ view, shapes, rows }: Body, core: ReadonlySet<NodeProto>) {
  const nodes = new Set(core);
  const cut = new Set<string>();
  const open = [...core].flatMap(view.reads);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const maker = view.producer(value);
    if (maker === null) {
      if (view.input(value) !== null) cut.add(value);
      continue;
    }
    if (nodes.has(maker)) continue;
    if (rows.has(value) && isFloat(shapes(value).element)) {
      cut.add(value);
      continue;
    }
    nodes.add(maker);
    open.push(...view.reads(maker));
  }
  const place = (value: string) => {
    const maker = view.producer(value);
    return maker === null ? -1 : view.index(maker);
  };
  return { nodes, cut: [...cut].sort((a, b) => place(a) - place(b)) };
}

const isFloat = (element: string | null) => element === null || /^b?float/.test(element);
