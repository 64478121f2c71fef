import type { GraphProto } from '../model/proto.ts';

/** Something that a graph has and the model had not, or the other way round. */
export interface Change {
  readonly graph: 'train' | 'infer';
  readonly kind: 'added' | 'removed';
  readonly what: 'node' | 'initializer' | 'input' | 'output';
  readonly name: string;
  /** The operator of a node. */
  readonly op?: string;
}

interface Item {
  readonly what: Change['what'];
  readonly name: string;
  readonly op?: string;
}

/** What is different in a graph, in the order in which it stands there. */
export function changesBetween(graph: Change['graph'], before: GraphProto, after: GraphProto): Change[] {
  const [had, has] = [itemsOf(before), itemsOf(after)];
  const removed = [...had]
    .filter(([key]) => !has.has(key))
    .map(([, item]) => ({ graph, kind: 'removed' as const, ...item }));
  const added = [...has]
    .filter(([key]) => !had.has(key))
    .map(([, item]) => ({ graph, kind: 'added' as const, ...item }));
  return [...removed, ...added];
}

function itemsOf(graph: GraphProto): Map<string, Item> {
  const items: Item[] = [
    ...graph.input.map(({ name = '' }) => ({ what: 'input' as const, name })),
    ...graph.initializer.map(({ name = '' }) => ({ what: 'initializer' as const, name })),
    ...graph.node.map((node) => ({
      what: 'node' as const,
      name: node.name || (node.output[0] ?? ''),
      op: node.opType ?? '',
    })),
    ...graph.output.map(({ name = '' }) => ({ what: 'output' as const, name })),
  ];
  return new Map(items.map((item) => [`${item.what} ${item.op ?? ''} ${item.name}`, item]));
}
