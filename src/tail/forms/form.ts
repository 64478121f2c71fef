import type { Cursor } from '../cursor.ts';
import type { Linear } from '../linear.ts';

/**
 * One way in which exporters write the last linear layer. Forms are told apart by the operator that makes the product
 * E·W, and where several share one by `when`; so at most one can fit and their order does not matter.
 */
export interface TailForm {
  /** The name of its file. */
  readonly name: string;
  /** How it looks, for messages. */
  readonly sketch: string;
  /** The operator that makes the product. */
  readonly operator: string;
  /** Whether a node of that operator is this form's to judge; all are where it is left out. */
  readonly when?: (at: Cursor) => boolean;
  /** Takes a cursor on the node of that operator; ends in a miss where something is not as it must be. */
  match(at: Cursor): Linear;
}
