import { inferShapes, type Shapes } from '../graph/shapes.ts';
import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';

/** The graph and what is known of its values: what every step of a walk looks at. */
export interface Ground {
  readonly view: GraphView;
  readonly shapes: Shapes;
  /** The value from outside that a value depends on; null where it depends on stored tensors only. */
  fedBy(value: string): string | null;
}

/** Looks over a graph once, so that walks need not go all the way up, each for itself. */
export function groundOf(view: GraphView): Ground {
  const sources = fedNodes(view);
  return {
    view,
    shapes: inferShapes(view),
    fedBy(value) {
      const node = view.producer(value);
      if (node !== null) return sources.get(node) ?? null;
      return view.initializer(value) === null ? value : null;
    },
  };
}

/** The nodes that depend on something from outside, each with the first such value; the graph's inputs come first. */
function fedNodes(view: GraphView): Map<NodeProto, string> {
  const outside = (value: string) => view.producer(value) === null && view.initializer(value) === null;
  const inputs = view.inputs.map(({ name = '' }) => name);
  const sources = new Map<NodeProto, string>();
  for (const source of new Set([...inputs, ...view.nodes.flatMap(view.reads).filter(outside)])) {
    const open = [source];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      for (const node of view.consumers(value)) {
        if (sources.has(node)) continue;
        sources.set(node, source);
        open.push(...node.output.filter((name) => name !== ''));
      }
    }
  }
  return sources;
}
