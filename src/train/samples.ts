import type { Element } from '../model/elements.ts';
import type { FloatRows } from '../model/float-rows.ts';

/** A table of what a step is fed with. */
export interface Table {
  /** What the step takes; the rows are float32 whatever it is. */
  readonly element: Element;
  /** The shape of a row. */
  readonly dims: readonly number[];
  readonly rows: FloatRows;
}

/** Embeddings with the class of each. */
export interface LabelledRows {
  /** `[M, D]` */
  readonly rows: FloatRows;
  /** `[M]`, each a class. */
  readonly labels: Uint32Array;
}

/** Embeddings in the order of the samples that they are of. */
export interface Embedded extends LabelledRows {
  /** `[M]`: the place in the tables of the sample that each is of, in ascending order. */
  readonly places: Uint32Array;
}

/**
 * What steps are fed with, a place a sample. Where the head alone is trained, a token is a sample of its own, and what is
 * fed is the embedding.
 */
export interface Samples {
  readonly count: number;
  /** By the inputs of the step graph. */
  readonly fed: Readonly<Record<string, Table>>;
  /** `[count · each]`: classes, and the label that is ignored. */
  readonly labels: Int32Array;
  /** The shape of the labels of a sample: none, or `[T]` where tokens are classified. */
  readonly labelDims: readonly number[];
  /** `[count]`: the first label of each sample that counts. */
  readonly classes: Uint32Array;
  /** `[count]`: samples of the file; what is of one is held back together. */
  readonly groups: Uint32Array;
  /** The embeddings of all samples as the model makes them. */
  readonly embedded: Embedded;
  /** What was done to make the data fit, for people. */
  readonly notes: readonly string[];
  /** Gives up the tables. */
  close(): void;
}

/** Those of embeddings that are of samples at these places. */
export function embeddedAt({ places }: Embedded, wanted: Uint32Array): Uint32Array {
  const chosen = new Set(wanted);
  return Uint32Array.from(places.keys()).filter((row) => chosen.has(places[row] ?? -1));
}
