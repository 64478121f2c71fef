import { withFields } from '../model/codec.ts';
import { type Later, metadataEntry } from '../model/later.ts';
import type { ModelProto } from '../model/proto.ts';

const PREFIX = 'onnx_margin.';

export const GRAPH_KINDS = ['train', 'infer', 'step'] as const;
export type GraphKind = (typeof GRAPH_KINDS)[number];

/** What a rewritten graph says of itself, enough to make it again from the same source. */
export interface Provenance {
  /** The version of onnx-margin that wrote it. */
  readonly version: string;
  /** Of the file it was made from, in hexadecimal. */
  readonly source_sha256: string;
  readonly head: string;
  /** Parameters of the head, all of them, as JSON. */
  readonly parameters: string;
  /** The options given, as JSON. */
  readonly options: string;
  /** What the embedding is called in this graph. */
  readonly embedding: string;
  readonly graph: GraphKind;
  /** Of a graph that was trained, as JSON: where its tensors lie and what its numbers are. */
  readonly trained?: string;
}

/** Provenance to be written: some of it may come later than the rest. */
export type Facts = { readonly [K in keyof Provenance]: Provenance[K] | Later };

/** Writes provenance into a model's metadata, each fact as `onnx_margin.<name>`, in the place of what was there. */
export function withProvenance(proto: ModelProto, facts: Facts): ModelProto {
  const others = proto.metadataProps.filter(({ key }) => key?.startsWith(PREFIX) !== true);
  const ours = Object.entries(facts).map(([name, value]) => metadataEntry(PREFIX + name, value));
  return withFields(proto, { metadataProps: [...others, ...ours] });
}

/** Reads it back; null where the model is not one of ours. */
export function provenanceOf({ metadataProps }: ModelProto): Provenance | null {
  const read = (name: keyof Provenance): string | null =>
    metadataProps.find(({ key }) => key === PREFIX + name)?.value ?? null;
  const graph = GRAPH_KINDS.find((kind) => kind === read('graph'));
  const [version, source_sha256, head] = [read('version'), read('source_sha256'), read('head')];
  const [parameters, options, embedding] = [read('parameters'), read('options'), read('embedding')];
  if (graph === undefined || version === null || source_sha256 === null || head === null) return null;
  if (parameters === null || options === null || embedding === null) return null;
  const trained = read('trained');
  const facts = { version, source_sha256, head, parameters, options, embedding, graph };
  return trained === null ? facts : { ...facts, trained };
}
