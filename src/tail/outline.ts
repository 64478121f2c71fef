import { printShape } from '../graph/print-values.ts';
import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { constantAt } from './constant.ts';
import { type Ground, groundOf } from './ground.ts';
import type { Tail } from './tail.ts';

/**
 * A tail as text, from the embedding down to the outputs: a line a node with the constants that it reads; what is read
 * twice forks.
 */
export function outlineOf(view: GraphView, tail: Tail): string[] {
  const ground = groundOf(view);
  const { embedding, node } = tail;
  const first = `${embedding.value} ${printShape(embedding.shape)}`;
  if (node === null) return [first];
  const seen = new Set<NodeProto>();
  return [first, ...lines(ground, tail, node, seen)];
}

/** The node and what reads it, each node once: where several do, each is a branch. */
function lines(ground: Ground, tail: Tail, node: NodeProto, seen: Set<NodeProto>): string[] {
  const chain: string[] = [];
  for (let each: NodeProto | undefined = node; each !== undefined; ) {
    seen.add(each);
    chain.push(lineOf(ground, tail, each));
    const next: NodeProto[] = each.output.flatMap((value) => ground.view.consumers(value));
    const open = [...new Set(next)].filter((reader) => !seen.has(reader));
    if (open.length > 1) return [...chain, ...branches(ground, tail, open, seen)];
    [each] = open;
  }
  return chain;
}

function branches(ground: Ground, tail: Tail, nodes: readonly NodeProto[], seen: Set<NodeProto>): string[] {
  // A branch that another one has met before is drawn there.
  const drawn: string[][] = [];
  for (const node of nodes) if (!seen.has(node)) drawn.push(lines(ground, tail, node, seen));
  return drawn.flatMap((branch, at) => {
    const last = at === drawn.length - 1;
    return branch.map((text, row) => `${row === 0 ? (last ? '└ ' : '├ ') : last ? '  ' : '│ '}${text}`);
  });
}

function lineOf(ground: Ground, { logits }: Tail, node: NodeProto): string {
  const { view } = ground;
  const constants = node.input.flatMap((value) => {
    const found = value === '' ? 'left out' : constantAt(ground, value);
    return typeof found === 'string' ? [] : [`${value} ${printShape(found.shape)}`];
  });
  const outputs = new Set(view.outputs.map(({ name }) => name));
  const given = node.output
    .filter((value) => outputs.has(value))
    .map((value) => `→ ${JSON.stringify(value)}`);
  return [
    [view.label(node), ...constants].join(' · '),
    ...(logits !== null && node.output.includes(logits) ? ['= class scores'] : []),
    ...given,
  ].join('  ');
}
