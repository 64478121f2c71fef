import { basename } from 'node:path';
import { withFields } from './codec.ts';
import { externalSpan, isExternal } from './external.ts';
import type { ExternalData } from './external-data.ts';
import { layoutMessage } from './layout.ts';
import type { Model } from './model.ts';
import type { TensorProto } from './proto.ts';
import { type ModelOutput, NO_DATA, type Split, split, type WeightsDraft, withTensors } from './split.ts';

export interface StorageOptions {
  /**
   * `keep` unless given: tensors stay where they were, those in other files too. `inline`: all into the file of the model.
   * `split`: those of `externalThreshold` bytes and more into files of their own; what two models have in common is stored once.
   */
  readonly externalData?: ExternalData;
  /** From how many bytes on a tensor leaves the model's file; 1024 unless given. */
  readonly externalThreshold?: number;
}

/** Models as they are to be written, and the files that their weights go to. */
export interface Stored extends Split {
  /** What was done otherwise than asked, with the reason. */
  readonly notes: readonly string[];
}

/** protobuf's limit for one message. */
export const MOST_BYTES = 2 ** 31 - 1;

const THRESHOLD = 1024;

/**
 * Settles where the weights of some models go that are written together. Where a model would not fit into one file, they
 * go beside it, whatever was asked.
 *
 * @throws MarginError MISSING_WEIGHTS, UNREADABLE_MODEL where external data cannot be read
 */
export function settleStorage(
  outputs: readonly ModelOutput[],
  { externalData = 'keep', externalThreshold = THRESHOLD }: StorageOptions,
): Stored {
  if (externalData === 'split') return { ...split(outputs, externalThreshold, () => true), notes: [] };
  const asked = externalData === 'keep' ? outputs : outputs.map(inlined);
  const large = asked.filter(({ model }) => sizeOf(model) > MOST_BYTES);
  if (large.length === 0) return { outputs: asked, weights: [], moved: new Set(), notes: [] };
  // What lies in other files already need not be written again, unless it was to be moved anyway.
  const stored = split(
    outputs,
    externalThreshold,
    (tensor) => externalData === 'inline' || !isExternal(tensor),
  );
  return { ...stored, notes: large.map(({ path, model }) => tooLarge(path, sizeOf(model), stored.weights)) };
}

const sizeOf = ({ proto }: Model) => layoutMessage('ModelProto', proto).byteLength;

function tooLarge(path: string, size: number, weights: readonly WeightsDraft[]): string {
  const files = weights.filter(({ models }) => models.includes(path)).map((each) => basename(each.path));
  return `${basename(path)} would have ${gigabytes(size)}, and a file of protobuf ends at ${gigabytes(MOST_BYTES)}: its weights lie in ${files.join(' and ')}`;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

/** A model with all its weights in it. */
function inlined({ path, model }: ModelOutput): ModelOutput {
  const inside = (tensor: TensorProto) => {
    if (!isExternal(tensor)) return tensor;
    const payload = { field: 'rawData' as const, bytes: externalSpan(model, tensor) };
    return withFields(tensor, { ...NO_DATA, externalData: [], dataLocation: undefined, payload });
  };
  return { path, model: withTensors(model, inside) };
}
