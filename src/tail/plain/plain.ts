import type { Writer } from '../../expr/writer.ts';
import type { NodeProto } from '../../model/proto.ts';
import type { Cursor } from '../cursor.ts';

/** What a node was put into: its own nodes are in the writer. */
export interface Written {
  /** The nodes that go; the first is the one that was met. */
  readonly replaces: readonly NodeProto[];
  /** What is different from then on, for people: a whole sentence; null where nothing is. */
  readonly note: string | null;
}

/** A way to put a last layer, or what lies behind it, into plain operators where it is one operator of its own. */
export interface Plain {
  /** The operator, with its domain where that is not the standard one. */
  readonly operator: string;
  /** Whether a node of that operator needs it; all do where it is left out. */
  readonly when?: (node: NodeProto) => boolean;
  /** Writes the nodes that take its place and make the same outputs; ends in a miss where that cannot be. */
  write(at: Cursor, writer: Writer): Written;
}
