import { storedTensor } from '../graph/constants.ts';
import type { GraphView } from '../graph/view.ts';
import { requireElements } from '../model/tensors.ts';
import type { Tail } from './tail.ts';

/**
 * Whether the numbers of a layer are as many as its shapes say, before anything is made of those sizes: a file of 100
 * bytes can claim a billion classes. What is stored is not read for it.
 * @throws MarginError UNREADABLE_MODEL, MISSING_WEIGHTS, UNSUPPORTED_MODEL
 */
export function requireRows(view: GraphView, { node, weight, bias }: Tail): void {
  if (node === null) return;
  for (const each of [weight, bias]) {
    const stored = each?.value == null ? null : storedTensor(view, each.value);
    if (stored === null) each?.rows();
    else requireElements(view.model, stored);
  }
}
