import { printShape } from '../graph/print-values.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Ground } from './ground.ts';
import type { Tail } from './tail.ts';

/** No tail that somebody looks at has more nodes. */
const MOST_LINES = 64;

/**
 * A tail as text, from the embedding down to the outputs: a line a node with the constants that it reads; what is read
 * twice forks.
 */
export function outlineOf(ground: Ground, tail: Tail): string[] {
  const { embedding, node, nodes } = tail;
  const first = `${embedding.value} ${printShape(embedding.shape)}`;
  if (node === null) return [first];
  const seen = new Set<NodeProto>();
  const drawn = lines(ground, tail, node, seen);
  const left = nodes.length - seen.size;
  return [first, ...drawn, ...(left > 0 ? [`… and ${left} more`] : [])];
}

/** The node and what reads it, each node once: where several do, each is a branch. */
function lines(ground: Ground, tail: Tail, node: NodeProto, seen: Set<NodeProto>): string[] {
  const chain: string[] = [];
  for (let each: NodeProto | undefined = node; each !== undefined && seen.size < MOST_LINES; ) {
    seen.add(each);
    chain.push(lineOf(ground, tail, each));
    const readers: NodeProto[] = each.output.flatMap((value) => ground.view.consumers(value));
    const open = [...new Set(readers)].filter((reader) => !seen.has(reader));
    if (open.length > 1) return [...chain, ...branches(ground, tail, open, seen)];
    [each] = open;
  }
  return chain;
}

function branches(ground: Ground, tail: Tail, nodes: readonly NodeProto[], seen: Set<NodeProto>): string[] {
  const drawn: string[][] = [];
  // What another branch has met before is drawn there.
  for (const node of nodes) if (!seen.has(node)) drawn.push(lines(ground, tail, node, seen));
  return drawn.flatMap((branch, at) => {
    const last = at === drawn.length - 1;
    return branch.map((text, row) => `${row === 0 ? (last ? '└ ' : '├ ') : last ? '  ' : '│ '}${text}`);
  });
}

function lineOf({ view, shapes, fedBy }: Ground, { logits, outputs }: Tail, node: NodeProto): string {
  const constants = node.input.flatMap((value) =>
    value === '' || fedBy(value) !== null ? [] : [`${value} ${printShape(shapes(value).shape)}`],
  );
  const given = node.output
    .filter((value) => outputs.includes(value))
    .map((value) => `→ ${JSON.stringify(value)}`);
  return [
    [view.label(node), ...constants].join(' · '),
    ...(logits !== null && node.output.includes(logits) ? ['= class scores'] : []),
    ...given,
  ].join('  ');
}
