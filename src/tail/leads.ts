import type { GraphView } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Walk } from './walk.ts';

/** Whether two outputs are one to a classifier: both hold scores, or labels, of the same layer. */
function areOne(a: Walk, b: Walk): boolean {
  return a === b || ('scores' in a.result && 'scores' in b.result && a.layer?.node === b.layer?.node);
}

/**
 * For each node, the walks from outputs that depend on it: one where all of those are one to a classifier, else two that
 * are not. So no node is looked at more than twice, however many outputs there are.
 */
export function leadsOf(view: GraphView, walks: readonly Walk[]): ReadonlyMap<NodeProto, readonly Walk[]> {
  const leads = new Map<NodeProto, readonly Walk[]>();
  const open = walks.map((walk) => ({ value: walk.output, walk }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, walk } = next;
    const node = view.producer(value);
    const known = node === null ? [] : (leads.get(node) ?? []);
    if (node === null || known.length > 1 || known.some((each) => areOne(each, walk))) continue;
    leads.set(node, [...known, walk]);
    for (const read of view.reads(node)) open.push({ value: read, walk });
  }
  return leads;
}

/** Why a layer's scores do not stay in its own tail, given an output that they get to besides; a whole sentence. */
export function leadsElsewhere(
  view: GraphView,
  layer: NodeProto,
  { output, layer: other, result }: Walk,
): string {
  const name = JSON.stringify(output);
  if ('miss' in result) {
    return `${view.label(layer)} leads to output ${name} too, which would be lost: ${result.miss.reason}`;
  }
  const last = other === null ? 'another layer' : view.label(other.node);
  return `${view.label(layer)} feeds ${last}, which gives output ${name}, so it is not the last layer`;
}
