import type { ModelProto } from './proto.ts';

/** A model as it was read or made. Nothing changes it: another one is derived. */
export interface Model {
  readonly proto: ModelProto;
  /** The size of what was read, external data aside. */
  readonly bytes: number;
  readonly path?: string;
  /** Where external data lies. */
  readonly folder?: string;
  /** Where files of external data lie that are not under their own names in that folder yet, by those names. */
  readonly weights?: ReadonlyMap<string, string>;
  /** Of the file as it was read, in hex; computed when it is first asked for. */
  sha256(): string;
  /** Begins to compute that beside other work; absent where the model is too small to be worth it. */
  readonly hashAhead?: () => void;
}

/** A model of the same source with other content. */
export function deriveModel(model: Model, proto: ModelProto): Model {
  return { ...model, proto };
}
