import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { type Ground, groundOf } from './ground.ts';
import { leadsElsewhere, leadsOf } from './leads.ts';
import { makeTail, type Scored } from './make-tail.ts';
import { requireOpset } from './opset.ts';
import type { Miss, Tail } from './tail.ts';
import { type Walk, walkFrom } from './walk.ts';

/** Everything that a look at each output of a model has brought. */
export interface Search {
  readonly ground: Ground;
  /** One for each output, in order. */
  readonly walks: readonly Walk[];
  readonly tails: readonly Tail[];
  /** Deepest first. */
  readonly misses: readonly Miss[];
}

/** Walks up from every output. @throws MarginError UNSUPPORTED_MODEL for an opset below 7 */
export function search(view: GraphView): Search {
  requireOpset(view);
  const ground = groundOf(view);
  const outputs = new Set(view.outputs.map(({ name = '' }) => name));
  const walks = kept(
    view,
    [...outputs].map((output) => walkFrom(ground, output)),
  );
  const misses = new Map(
    walks.flatMap(({ result }) => ('miss' in result ? [[result.miss.reason, result.miss]] : [])),
  );
  return {
    ground,
    walks,
    tails: byLayer(walks).map((found) => makeTail(ground, found)),
    misses: [...misses.values()].sort((a, b) => b.depth - a.depth),
  };
}

/** The same walks, with a miss where the layer leads to an output that is not part of its tail. */
function kept(view: GraphView, walks: readonly Walk[]): Walk[] {
  const leads = leadsOf(view, walks);
  return walks.map((walk) => {
    const { layer, result } = walk;
    if (layer === null || 'miss' in result) return walk;
    const { node, form, depth } = layer;
    const other = leads.get(node)?.find((each) => 'miss' in each.result || each.layer?.node !== node);
    if (other === undefined) return walk;
    const reason = leadsElsewhere(view, node, other);
    return { ...walk, result: { miss: { form, node: view.handle(node), reason, depth } } };
  });
}

/** The outputs that were understood, together where they come from the same layer. */
function byLayer(walks: readonly Walk[]): readonly (readonly [Scored, ...Scored[]])[] {
  const layers = new Map<NodeProto, [Scored, ...Scored[]]>();
  for (const { output, layer, result } of walks) {
    if (layer === null || 'miss' in result) continue;
    const scored = { output, layer, scores: result.scores };
    const found = layers.get(layer.node);
    if (found) found.push(scored);
    else layers.set(layer.node, [scored]);
  }
  return [...layers.values()];
}
