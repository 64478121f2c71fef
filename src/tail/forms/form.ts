import type { Cursor } from '../cursor.ts';
import type { Linear } from '../linear.ts';

/**
 * One way in which exporters write the last linear layer. Forms are told apart by the operator that makes the logits,
 * so at most one can fit and their order does not matter.
 */
export interface TailForm {
  /** The name of its file. */
  readonly name: string;
  /** How it looks, for messages. */
  readonly sketch: string;
  /** The operator whose output is the logits. */
  readonly operator: string;
  /** Takes a cursor on the node of that operator; ends in a miss where something is not as it must be. */
  match(at: Cursor): Linear;
}
