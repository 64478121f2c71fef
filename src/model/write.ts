import { basename, dirname } from 'node:path';
import { MarginError } from '../errors.ts';
import { draftOf, makeFolders, type Needed, neededWeights, refuseOwnWeights } from './carry.ts';
import { layoutMessage } from './layout.ts';
import type { Model } from './model.ts';
import { npyParts } from './npy.ts';
import type { Payload } from './proto.ts';
import { readModel } from './read.ts';
import { bytesOf, bytesPayload } from './source.ts';
import type { ModelOutput } from './split.ts';
import { type Draft, type StagedFile, type WriteOptions as StageOptions, stage } from './stage.ts';
import { MOST_BYTES, type StorageOptions, settleStorage } from './storage.ts';

export type { ModelOutput } from './split.ts';

export interface WriteOptions extends StageOptions, StorageOptions {}

/** What can be written to a path: a model, a text, or an array of float32 as NumPy saves it. */
export type Output =
  | ModelOutput
  | { readonly path: string; readonly text: string }
  | {
      readonly path: string;
      readonly array: { readonly dims: readonly number[]; readonly data: Float32Array | Payload };
    };

/** A file of weights beside models that were written. */
export interface WeightsFile {
  readonly path: string;
  readonly bytes: number;
  /** `linked`: a second name of a file that was there; `there`: it lay in its place already. */
  readonly how: 'written' | 'linked' | 'copied' | 'there';
  /** The paths of the models that name it. */
  readonly models: readonly string[];
}

/** What was written besides the models themselves. */
export interface Written {
  readonly weights: readonly WeightsFile[];
  /** What was done otherwise than asked, with the reason. */
  readonly notes: readonly string[];
}

/** A file that is complete beside its place. */
export interface StagedOutput {
  readonly path: string;
  readonly staged: string;
  /** The model as it lies there, its weights not in their places yet. @throws MarginError UNREADABLE_MODEL */
  read(): Promise<Model>;
}

/** Files that are complete but not in their places yet. */
export interface Staged extends Written {
  /** One for each output, in order. */
  readonly files: readonly StagedOutput[];
  /** All of them, those of weights too. */
  readonly moves: readonly StagedFile[];
  /**
   * Moves all into place, and those of others, or none: weights before the models that name them.
   * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED
   */
  commit(others?: readonly StagedFile[]): Promise<void>;
  /** Takes all away again; once they are in place it does nothing. */
  discard(): Promise<void>;
}

/**
 * Writes a model to a file: whole or not at all. Weights in other files go along into another folder.
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED, MISSING_WEIGHTS
 */
export async function writeModel(path: string, model: Model, options: WriteOptions = {}): Promise<Written> {
  return writeModels([{ path, model }], options);
}

/** Writes several models, all or none; weights that they have in common are stored once. @throws MarginError as `writeModel` */
export async function writeModels(
  outputs: readonly ModelOutput[],
  options: WriteOptions = {},
): Promise<Written> {
  const { weights, notes, commit } = await stageFiles(outputs, options);
  await commit();
  return { weights, notes };
}

/** A model as the bytes of its file. @throws MarginError UNSUPPORTED_MODEL where it is too large for one */
export function encodeModel(model: Model): Uint8Array {
  return bytesOf(partsOf(model));
}

/**
 * Writes several files completely, each beside its place under another name, so that they can be looked at before they
 * are put into place together. An error leaves nothing.
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED, UNSUPPORTED_MODEL, MISSING_WEIGHTS
 */
export async function stageFiles(outputs: readonly Output[], options: WriteOptions = {}): Promise<Staged> {
  const { stored, needed } = settle(outputs, options);
  const missing = needed.filter(({ there }) => !there);
  const beside = [
    ...stored.weights.map((file) => ({ ...file, location: basename(file.path), draft: file as Draft })),
    ...missing.map((file) => ({ ...file, draft: draftOf(file) })),
  ];
  const mains = outputs.map(draftIn(stored.outputs));
  const undo = missing.map(({ path }) => makeFolders(dirname(path)));
  const takeBack = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  try {
    // Weights first: at no moment does a model lie in its place without them.
    const staged = await stage([...beside.map(({ draft }) => draft), ...mains], options);
    const files = beside.map((file, i) => ({ ...file, ...staged.files[i] }));
    return {
      files: staged.files.slice(beside.length).map((file) => ({
        ...file,
        async read() {
          const own = files.filter(({ models }) => models.includes(file.path));
          const weights = new Map(own.map(({ location, staged = '' }) => [location, staged]));
          return { ...(await readModel(file.staged)), weights };
        },
      })),
      weights: [...files, ...needed.filter(({ there }) => there)].map(weightsFile),
      notes: stored.notes,
      moves: staged.files,
      async commit(others = []) {
        try {
          await staged.commit(others);
          undo.length = 0;
        } finally {
          takeBack();
        }
      },
      async discard() {
        await staged.discard();
        takeBack();
      },
    };
  } catch (error) {
    takeBack();
    throw error;
  }
}

/** Where weights go, and which files must come along; refuses what must not be overwritten. */
function settle(outputs: readonly Output[], options: WriteOptions) {
  const given = outputs.filter((output) => 'model' in output);
  const stored = settleStorage(given, options);
  const paths = [...outputs, ...stored.weights].map(({ path }) => path);
  refuseOwnWeights(given, paths);
  return { stored, needed: neededWeights(stored.outputs, stored.moved, options.force ?? false) };
}

const weightsFile = (file: Omit<WeightsFile, 'how'> & Partial<StagedFile> & Partial<Needed>): WeightsFile => {
  const { path, bytes, models, linked = false } = file;
  const how = file.there ? 'there' : linked ? 'linked' : file.from === undefined ? 'written' : 'copied';
  return { path, bytes, how, models };
};

/** An output as the content of its file, a model as it is to be stored. */
function draftIn(stored: readonly ModelOutput[]): (output: Output) => Draft {
  return (output) => {
    const { path } = output;
    if ('text' in output) return { path, parts: [bytesPayload(new TextEncoder().encode(output.text))] };
    if ('array' in output) return { path, parts: npyParts(output.array.dims, output.array.data) };
    return { path, parts: partsOf(stored.find((each) => each.path === path)?.model ?? output.model) };
  };
}

/** What the file of a model is made of. @throws MarginError UNSUPPORTED_MODEL where it is too large for one */
export function partsOf(model: Model): readonly Payload[] {
  const { parts, byteLength } = layoutMessage('ModelProto', model.proto);
  if (byteLength <= MOST_BYTES) return parts;
  throw new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: 'The model is too large for one file.',
    saw: `${byteLength} bytes`,
    expected: `at most ${MOST_BYTES} bytes, the limit of protobuf`,
    tryThis: [
      'writeModel, which stores the weights beside the model where they are too large for it',
      'save the original with its weights in a file of their own (external data), and read that',
    ],
  });
}
