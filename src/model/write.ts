import { MarginError } from '../errors.ts';
import { carryWeights } from './carry.ts';
import { layoutMessage } from './layout.ts';
import type { Model } from './model.ts';
import { bytesOf, bytesPayload } from './source.ts';
import { type Draft, type Staged, stage, type WriteOptions } from './stage.ts';

export type { Staged, StagedFile, WriteOptions } from './stage.ts';

/** What can be written to a path: a model, or a text. */
export type Output = { readonly path: string } & ({ readonly model: Model } | { readonly text: string });

/** protobuf's limit for one message. */
const MOST_BYTES = 2 ** 31 - 1;

/** Writes a model to a file: whole or not at all. Weights in other files go along into another folder. @throws MarginError */
export async function writeModel(path: string, model: Model, options: WriteOptions = {}): Promise<void> {
  const staged = await stageFiles([{ path, model }], options);
  await staged.commit();
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
  const drafts = outputs.map(draftOf);
  const staged = await stage(drafts, options);
  try {
    const carried = await carryWeights(
      outputs.filter((output) => 'model' in output),
      options,
    );
    return {
      files: staged.files,
      async commit() {
        try {
          await staged.commit();
          carried.keep();
        } finally {
          carried.takeBack();
        }
      },
      async discard() {
        await staged.discard();
        carried.takeBack();
      },
    };
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

function draftOf(output: Output): Draft {
  const { path } = output;
  if ('text' in output) return { path, parts: [bytesPayload(new TextEncoder().encode(output.text))] };
  return { path, parts: partsOf(output.model) };
}

function partsOf(model: Model) {
  const { parts, byteLength } = layoutMessage('ModelProto', model.proto);
  if (byteLength <= MOST_BYTES) return parts;
  throw new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: 'The model is too large for one file.',
    saw: `${byteLength} bytes`,
    expected: `at most ${MOST_BYTES} bytes, the limit of protobuf`,
    tryThis: ['save the original with its weights in a file of their own (external data), and read that'],
  });
}
