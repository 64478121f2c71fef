import type { NodeProto } from '../model/proto.ts';
import { readsOf } from './names.ts';

/** What there is to know of a list of nodes, to look up. */
export interface NodeIndex {
  readonly producers: ReadonlyMap<string, NodeProto>;
  /** In file order. */
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
  readonly reads: ReadonlyMap<NodeProto, readonly string[]>;
  readonly places: ReadonlyMap<NodeProto, number>;
  /** How many nodes have a name. */
  readonly bearers: ReadonlyMap<string, number>;
}

/** Of two nodes that claim to make one value, the first counts. */
export function indexNodes(nodes: readonly NodeProto[]): NodeIndex {
  const producers = new Map<string, NodeProto>();
  const bearers = new Map<string, number>();
  for (const node of nodes) {
    bearers.set(node.name ?? '', (bearers.get(node.name ?? '') ?? 0) + 1);
    for (const value of node.output) if (value !== '' && !producers.has(value)) producers.set(value, node);
  }
  const reads = new Map(nodes.map((node) => [node, readsOf(node)]));
  const places = new Map(nodes.map((node, place) => [node, place]));
  return { producers, consumers: consumersIn(reads), reads, places, bearers };
}

function consumersIn(reads: ReadonlyMap<NodeProto, readonly string[]>): Map<string, NodeProto[]> {
  const consumers = new Map<string, NodeProto[]>();
  for (const [node, values] of reads) {
    for (const value of values) {
      const list = consumers.get(value);
      if (list) list.push(node);
      else consumers.set(value, [node]);
    }
  }
  return consumers;
}
