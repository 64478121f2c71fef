import type { NodeProto } from '../model/proto.ts';

/** The nodes that the values of `roots` depend on, by who makes a value and what a node reads. Cycles do no harm. */
export function ancestors(
  roots: Iterable<string>,
  producer: (value: string) => NodeProto | null,
  reads: (node: NodeProto) => readonly string[],
): Set<NodeProto> {
  const found = new Set<NodeProto>();
  const open = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const node = producer(value);
    if (node === null || found.has(node)) continue;
    found.add(node);
    for (const read of reads(node)) open.push(read);
  }
  return found;
}

/** The nodes that depend on the values of `roots`, in the order in which they are met. */
export function descendants(
  roots: Iterable<string>,
  consumers: (value: string) => readonly NodeProto[],
): Set<NodeProto> {
  const found = new Set<NodeProto>();
  const open = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const node of consumers(value)) {
      if (found.has(node)) continue;
      found.add(node);
      for (const made of node.output) if (made !== '') open.push(made);
    }
  }
  return found;
}
