import type { NodeProto } from '../model/proto.ts';

/** Why no gradient passes a node. */
export interface Refusal {
  readonly node: NodeProto;
  /** A whole sentence that names the node. */
  readonly reason: string;
}

/** Ends the way back; only `attemptBackward` sees it. */
class Stop extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}

export function stopAt(node: NodeProto, reason: string): never {
  throw new Stop({ node, reason });
}

/** What a way back gives, or the node that ended it. */
export function attemptBackward<T>(way: () => T): { readonly done: T } | { readonly refusal: Refusal } {
  try {
    return { done: way() };
  } catch (error) {
    if (error instanceof Stop) return { refusal: error.refusal };
    throw error;
  }
}
