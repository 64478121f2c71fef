import type { Rewritten } from '../rewrite/rewrite.ts';
import type { Proof } from '../validate/proof.ts';
import type { Epoch } from './epoch.ts';
import type { Measured } from './measure.ts';
import type { Regime } from './options.ts';
import type { Verification } from './verification.ts';

/** A head that was trained, in its graphs, and what was measured. */
export interface Trained extends Rewritten {
  readonly training: Training;
}

/** What is measured of a model before it is trained, and after. */
export interface Figures extends Measured {
  /** Embeddings against each other, by their cosine: what no training of class rows alone changes. */
  readonly pairs: Verification | null;
}

/** What training did. */
export interface Training {
  readonly regime: Regime;
  /** Samples (or tokens) that were trained with, and that were held back. */
  readonly samples: { readonly training: number; readonly heldBack: number };
  /** What was trained besides the head: tensors of layers before it, by what the model calls them. */
  readonly layers: readonly string[];
  readonly steps: number;
  /** The epoch that the graphs are of: the last, or the best where training may end early. */
  readonly epoch: number;
  /** Whether it ended before its last epoch. */
  readonly early: boolean;
  readonly history: readonly Epoch[];
  /** On what was held back; where nothing was, on what was trained with. */
  readonly measuredOn: 'held-back' | 'training';
  /** Share of samples whose class comes first by the scores of the classifier that was there; null where there was none. */
  readonly originalTop1: number | null;
  readonly before: Figures;
  readonly after: Figures;
  readonly proof: Proof;
  readonly seconds: { readonly embedding: number; readonly training: number };
  readonly notes: readonly string[];
}
