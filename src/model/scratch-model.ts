import { dirname, join } from 'node:path';
import { draftOf, makeFolders, neededWeights } from './carry.ts';
import { externalFiles, isExternal } from './external.ts';
import type { Model } from './model.ts';
import type { TensorProto } from './proto.ts';
import { removeScratch } from './scratch.ts';
import { split } from './split.ts';
import { put } from './stage.ts';
import { partsOf } from './write.ts';

/** From how many bytes on a tensor lies beside the model: a runtime maps it there, and need not read it with the model. */
const MAPPED = 1 << 20;

/**
 * Writes a model for a runtime that loads it at once, into a scratch folder. The answer takes away what was written, but for
 * weights that were in files of their own: other models there may name the same.
 * @throws MarginError WRITE_FAILED, MISSING_WEIGHTS, UNSUPPORTED_MODEL
 */
export async function writeScratchModel(path: string, model: Model): Promise<() => void> {
  const beside = path.replace(/\.onnx$/, '.data');
  // Weights of the model that have the very name of ours: then all stays where it is.
  const isTaken = externalFiles(model).some(({ location }) => join(dirname(path), location) === beside);
  const moves = (tensor: TensorProto) => !isTaken && !isExternal(tensor);
  const { outputs, weights, moved } = split([{ path, model }], MAPPED, moves);
  const linked = neededWeights(outputs, moved, false).filter(({ there }) => !there);
  for (const each of linked) makeFolders(dirname(each.path));
  const own = [...weights, ...outputs.map((output) => ({ path, parts: partsOf(output.model) }))];
  await put([...linked.map(draftOf), ...own]);
  return () => {
    for (const { path } of own) removeScratch(path);
  };
}
