import { basename, dirname, join } from 'node:path';
import { create, withFields } from './codec.ts';
import { exchangeTensors, externalFiles, isExternal } from './external.ts';
import { deriveModel, type Model } from './model.ts';
import type { Payload, TensorProto } from './proto.ts';
import { bytesPayload, isSpan } from './source.ts';
import { rawBytes } from './tensors.ts';
import { outputExists } from './write-failed.ts';

/** A model and the path it is to be written to. */
export interface ModelOutput {
  readonly path: string;
  readonly model: Model;
}

/** A file of weights that is to be written: the parts of its content, and the paths of the models that name it. */
export interface WeightsDraft {
  readonly path: string;
  readonly parts: readonly Payload[];
  readonly bytes: number;
  readonly models: readonly string[];
}

/** Models, and the files that their weights were moved to. */
export interface Split {
  readonly outputs: readonly ModelOutput[];
  readonly weights: readonly WeightsDraft[];
  /** The tensors that name those files. */
  readonly moved: ReadonlySet<TensorProto>;
}

/** Runtimes map files into memory by pages. */
const PAGE = 4096;

/**
 * Moves the initializers that `moves` and that have `threshold` bytes and more out of their models. What one model has
 * goes to `<its name>.data`, what several of a folder have, once, to `<what their names have in common>.shared.data`.
 */
export function split(
  outputs: readonly ModelOutput[],
  threshold: number,
  moves: (tensor: TensorProto) => boolean,
): Split {
  const contents = contentsOf(outputs, (output, tensor) => {
    const bytes = moves(tensor) ? rawBytes(output.model, tensor) : null;
    return bytes !== null && bytes.byteLength >= threshold ? bytes : null;
  });
  const files = new Map<string, { parts: Payload[]; bytes: number; models: Set<string> }>();
  const moved = new Map<TensorProto, TensorProto>();
  for (const { bytes, owners, tensors } of contents) {
    const path = fileOf([...owners], outputs);
    const file = files.get(path) ?? { parts: [], bytes: 0, models: new Set() };
    const gap = (PAGE - (file.bytes % PAGE)) % PAGE;
    const place = { location: basename(path), offset: file.bytes + gap, length: bytes.byteLength };
    for (const tensor of tensors) moved.set(tensor, outside(tensor, place));
    for (const owner of owners) file.models.add(owner.path);
    file.parts.push(bytesPayload(new Uint8Array(gap)), bytes);
    file.bytes += gap + bytes.byteLength;
    files.set(path, file);
  }
  refuseNamesakes(outputs, moved, files);
  return {
    outputs: outputs.map(({ path, model }) => ({
      path,
      model: withTensors(model, (tensor) => moved.get(tensor) ?? tensor),
    })),
    weights: [...files].map(([path, file]) => ({ path, ...file, models: [...file.models] })),
    moved: new Set(moved.values()),
  };
}

/** Weights that stay in a file of their own must not be sought in a new one because both have one name. */
function refuseNamesakes(
  outputs: readonly ModelOutput[],
  moved: ReadonlyMap<TensorProto, TensorProto>,
  files: ReadonlyMap<string, unknown>,
): void {
  for (const { path, model } of outputs) {
    const stay = externalFiles(model, (tensor) => !moved.has(tensor));
    const namesake = stay
      .map(({ location }) => join(dirname(path), location))
      .find((name) => files.has(name));
    if (namesake !== undefined) throw outputExists(namesake);
  }
}

/** A model with its tensors exchanged, wherever they are. */
export const withTensors = (model: Model, change: (tensor: TensorProto) => TensorProto): Model =>
  deriveModel(model, exchangeTensors('ModelProto', model.proto, change));

/** Content that leaves models: whose it is, and the tensors that hold it. */
interface Content {
  readonly bytes: Payload;
  readonly owners: Set<ModelOutput>;
  readonly tensors: Set<TensorProto>;
}

/** What the initializers of some models hold, each content once. External data lie beside their model, so folders share nothing. */
function contentsOf(
  outputs: readonly ModelOutput[],
  bytesIn: (output: ModelOutput, tensor: TensorProto) => Payload | null,
): Content[] {
  const folders = new Map<string, Map<unknown, Content>>();
  for (const output of outputs) {
    const folder = dirname(output.path);
    const known = folders.get(folder) ?? new Map<unknown, Content>();
    folders.set(folder, known);
    for (const tensor of output.model.proto.graph?.initializer ?? []) {
      const bytes = bytesIn(output, tensor);
      if (bytes === null) continue;
      const key = identityOf(tensor, bytes);
      const content = known.get(key) ?? { bytes, owners: new Set(), tensors: new Set() };
      content.owners.add(output);
      content.tensors.add(tensor);
      known.set(key, content);
    }
  }
  return [...folders.values()].flatMap((known) => [...known.values()]);
}

/** What tells whether two models have the same content: the place it is read from, or the object that holds it. */
function identityOf(tensor: TensorProto, bytes: Payload): unknown {
  if (isSpan(bytes) && isExternal(tensor)) return `${bytes.source.name}:${bytes.offset}:${bytes.byteLength}`;
  return tensor.payload?.bytes ?? tensor.rawData ?? tensor;
}

/** The file for what these models have: their own, or one that the name tells to be shared. */
function fileOf([first, ...others]: readonly ModelOutput[], all: readonly ModelOutput[]): string {
  const { path = '' } = first ?? {};
  const name = nameOf(path);
  if (others.length === 0) return join(dirname(path), `${name}.data`);
  const names = all
    .filter((each) => dirname(each.path) === dirname(path))
    .map((each) => nameOf(each.path).split('.'));
  const common = name.split('.').filter((part, i) => names.every((parts) => parts[i] === part));
  return join(dirname(path), `${common.join('.') || name}.shared.data`);
}

const nameOf = (path: string) => basename(path).replace(/\.onnx$/i, '');

/** A tensor without its elements inside the file. */
export const NO_DATA = {
  rawData: undefined,
  payload: undefined,
  floatData: [],
  int32Data: [],
  int64Data: [],
  doubleData: [],
  uint64Data: [],
};

/** A tensor whose elements lie in another file. */
function outside(tensor: TensorProto, place: Readonly<Record<string, string | number>>): TensorProto {
  const facts = Object.entries(place).map(([key, value]) =>
    create('StringStringEntryProto', { key, value: String(value) }),
  );
  return withFields(tensor, { ...NO_DATA, dataLocation: 1, externalData: facts });
}
