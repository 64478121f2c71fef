import { stringAttribute } from '../graph/attributes.ts';
import type { NodeProto } from '../model/proto.ts';
import type { Constant } from './constant.ts';
import { constantAt } from './constant.ts';
import type { Ground } from './ground.ts';
import type { Miss } from './tail.ts';

/** Ends a walk; only `attempt` sees it. */
class Stop extends Error {
  readonly miss: Miss;
  constructor(miss: Miss) {
    super(miss.reason);
    this.miss = miss;
  }
}

/** A node that a walk has come to. Its steps end the walk with a miss where the node is not as it must be. */
export interface Cursor extends Ground {
  readonly node: NodeProto;
  readonly form: string;
  /** Nodes fitted so far, this one included. */
  readonly depth: number;
  /** Ends the walk here: `reason` goes on from the node's name ("Relu #11 clips …"). */
  refuse(reason: string): never;
  /** The name of an input that must be there. */
  input(index: number): string;
  /** A string attribute, empty where the node does not have it. */
  text(attribute: string): string;
  /** An input that must be constant; `what` names it in the reason ("W"). */
  constant(index: number, what: string): Constant;
}

/** A cursor on a node, `depth` nodes from the output. */
export function cursorAt(ground: Ground, node: NodeProto, form: string, depth: number): Cursor {
  const { view } = ground;
  const refuse = (reason: string): never => {
    throw new Stop({ form, node: view.handle(node), reason: `${view.label(node)} ${reason}`, depth });
  };
  const input = (index: number) => node.input[index] || refuse(`has no input ${index}`);
  return {
    ...ground,
    node,
    form,
    depth,
    refuse,
    input,
    text: (attribute) => stringAttribute(node, attribute, ''),
    constant(index, what) {
      const found = constantAt(ground, input(index));
      return typeof found === 'string' ? refuse(`has no constant ${what}: it ${found}`) : found;
    },
  };
}

/** Ends a walk that came to no node at all. */
export function stop(miss: Miss): never {
  throw new Stop(miss);
}

/** What a walk finds, or the miss that ended it. */
export function attempt<T>(walk: () => T): { readonly found: T } | { readonly miss: Miss } {
  try {
    return { found: walk() };
  } catch (error) {
    if (error instanceof Stop) return { miss: error.miss };
    throw error;
  }
}
