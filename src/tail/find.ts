import type { GraphView } from '../graph/view.ts';
import { embeddingsOf } from './advice.ts';
import type { Ground } from './ground.ts';
import { ambiguous, noNode, noOutput, notFound, otherNode, otherOutput } from './refusals.ts';
import { search } from './search.ts';
import type { Miss, Tail } from './tail.ts';

export interface FoundTails {
  /** What was looked at. */
  readonly ground: Ground;
  readonly tails: readonly Tail[];
  /** Why there are no others, deepest first. */
  readonly misses: readonly Miss[];
  /** Outputs that a new head can be attached to. */
  readonly embeddings: readonly string[];
}

/**
 * Every tail of a model, each once however many outputs come from it, in the order of the outputs.
 * @throws MarginError UNSUPPORTED_MODEL for an opset below 7
 */
export function findTails(view: GraphView): FoundTails {
  const found = search(view);
  const { ground, tails, misses } = found;
  return { ground, tails, misses, embeddings: embeddingsOf(found) };
}

export interface Choice {
  /** The layer, by its node's name or `#index`. */
  readonly node?: string;
  /** An output that comes from it. */
  readonly output?: string;
}

/**
 * The one tail of a model, or the one that was chosen.
 * @throws MarginError TAIL_NOT_FOUND, TAIL_AMBIGUOUS, or UNSUPPORTED_MODEL for an opset below 7
 */
export function findTail(view: GraphView, { node, output }: Choice): { readonly tail: Tail } {
  const found = search(view);
  if (output !== undefined && !view.outputs.some(({ name }) => name === output))
    throw noOutput(found, output);
  const ofOutput = found.tails.filter(({ outputs }) => output === undefined || outputs.includes(output));
  if (output !== undefined && ofOutput.length === 0) throw otherOutput(found, output);
  const tails = node === undefined ? ofOutput : ofOutput.filter((tail) => isCalled(view, tail, node));
  const [tail] = tails;
  if (tails.length > 1) throw ambiguous(tails);
  if (tail !== undefined) return { tail };
  if (node === undefined) throw notFound(found);
  const named = view.nodes.find((each) => view.handle(each) === node || each.name === node);
  throw named === undefined ? noNode(found, node) : otherNode(found, named);
}

/** A layer goes by its own name, and by that of the Add behind it that makes the logits. */
function isCalled(view: GraphView, { node, logits }: Tail, name: string): boolean {
  const makers = [node, logits === null ? null : view.producer(logits)];
  return makers.some((maker) => maker !== null && (view.handle(maker) === name || maker.name === name));
}
