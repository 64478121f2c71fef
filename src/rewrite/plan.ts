import type { Target } from '../expr/vocabulary.ts';
import type { GraphView } from '../graph/view.ts';
import type { Head } from '../heads/head.ts';
import type { Reduction } from '../heads/loss.ts';
import type { Values } from '../heads/parameters.ts';
import type { Needs } from '../heads/parts.ts';
import type { Model } from '../model/model.ts';
import type { Tail } from '../tail/tail.ts';
import type { FixedBatch } from './opened.ts';

/** What the inference graph can give besides `cosine`. */
export const INFER_OUTPUTS = ['cosine', 'embedding', 'logits', 'probabilities'] as const;
export type InferOutput = (typeof INFER_OUTPUTS)[number];

export const LABEL_TYPES = ['int64', 'int32'] as const;
export type LabelType = (typeof LABEL_TYPES)[number];

/** What a training step may be fed: embeddings, or the model's own inputs. */
export const STEP_STARTS = ['embedding', 'inputs'] as const;

/** The label that PyTorch leaves out of the loss, and so do we unless told otherwise. */
export const IGNORE_INDEX = -100;

/** Everything that both graphs are built from, settled and checked. */
export interface Plan {
  /** The model, its tail in plain operators, its batch opened where that was asked for. */
  readonly model: Model;
  /** The same with its batch as it was; null where that was not opened. */
  readonly fixed: FixedBatch | null;
  readonly view: GraphView;
  readonly tail: Tail;
  /** What was done to the tail before it was found. */
  readonly notes: readonly string[];
  readonly head: Head;
  readonly values: Values;
  readonly needs: Needs;
  /** Who trains the training graph. */
  readonly target: Target;
  readonly labelType: LabelType;
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  /** One a class; null: all weigh the same. */
  readonly classWeights: readonly number[] | null;
  readonly inferOutputs: readonly InferOutput[];
  /** Tensors of layers before the head that training has changed, by what the model calls them. */
  readonly trainedLayers: readonly string[];
  /** Class rows [C·K, D] as training has left them; null: those that the layer has. */
  readonly trainedRows: Float32Array | null;
  /** The name that the first output of the inference graph gets; null for its own. */
  readonly firstOutputName: string | null;
}
