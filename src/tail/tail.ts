import type { Shape } from '../graph/value-info.ts';
import type { Element } from '../model/elements.ts';
import type { NodeProto } from '../model/proto.ts';

/** `sigmoid`: one against the rest, where a label is chosen by the largest score all the same. */
export type Activation = 'none' | 'softmax' | 'log-softmax' | 'sigmoid';

/** The tensor that goes into the last linear layer: `[N, D]`, `[N, T, D]`, or spatial. */
export interface Embedding {
  readonly value: string;
  readonly rank: number;
  readonly shape: Shape;
  readonly element: Element;
  /** No feature is below zero, so that two embeddings are never more than 90° apart. */
  readonly afterRelu: boolean;
}

export interface Weight {
  /** The value that the layer reads; null where a new head is attached. */
  readonly value: string | null;
  readonly layout: 'CD' | 'DC';
  readonly classes: number;
  readonly dim: number;
  /** The float32 initializer of rank 2 that is the weight just as it lies; null where it must be computed. */
  readonly initializer: string | null;
  /** `[C, D]` row-major, with alpha and a temperature applied; or the rows from one class to before another. Reads the file. */
  rows(from?: number, to?: number): Float32Array;
}

export interface Bias {
  readonly value: string;
  /** `[C]`, with beta and a temperature applied. Reads the file. */
  rows(): Float32Array;
}

/** Everything from the last linear layer of a classifier to what it gives out. */
export interface Tail {
  /** The form that was recognised: `gemm`, `matmul` …; `embedding` where a head is attached to a bare embedding. */
  readonly form: string;
  /** The linear layer; null where a new head is attached. */
  readonly node: NodeProto | null;
  /** The layer's name, or `#index` where it has none of its own. */
  readonly nodeName: string | null;
  /** The layer for people: `Gemm "/fc/Gemm"`. */
  readonly nodeLabel: string;
  readonly embedding: Embedding;
  /** The value that holds the raw class scores, bias included; null where a new head is attached. */
  readonly logits: string | null;
  readonly weight: Weight;
  readonly bias: Bias | null;
  readonly activation: Activation;
  /** The first graph output that holds scores of the layer; where none does, the first with labels. */
  readonly output: string;
  /** All graph outputs that depend on the tail's nodes; none where a new head is attached. */
  readonly outputs: readonly string[];
  /** Those of them that hold classes or their names, which can be told from the scores of another head too. */
  readonly labels: readonly string[];
  /** Those that hold figures of the scores, such as a confidence or a map of names to probabilities, or other labels. */
  readonly figures: readonly string[];
  /** The layer and every node downstream of it, in file order. */
  readonly nodes: readonly NodeProto[];
  /** The embedding is `[N, D, 1, 1]`, `[N, D, 1]` or a map of D numbers in all, and must be flattened. */
  readonly spatial: boolean;
  /** The scores went through a quantiser, whose range was measured for them. */
  readonly quantised: boolean;
  /** The node that brings the embedding to length 1, for people; null where none does. */
  readonly unitEmbedding: string | null;
}

/** Why something is no tail. */
export interface Miss {
  /** The form that fitted furthest; `none` where no form starts from what was found. */
  readonly form: string;
  /** Name or `#index` of the node that stood in the way. */
  readonly node: string | null;
  /** A whole sentence that names the node. */
  readonly reason: string;
  /** How many nodes were fitted, counted from the output. */
  readonly depth: number;
}
