import { withExtraOutputs } from '../graph/extract.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { Runtime } from './runtime.ts';
import type { Feeds } from './samples.ts';
import type { Fetched } from './wire-tensors.ts';

/** What the model that was rewritten gave, batch by batch, on the CPU. */
export interface Original {
  /** The version of ONNX Runtime that ran it. */
  readonly version: string;
  readonly embeddings: readonly Fetched[];
  /** Raw class scores; null where the model had no classifier. */
  readonly logits: readonly Fetched[] | null;
}

/** Runs the original, its tail in plain operators, with its embedding and class scores as outputs. @throws MarginError RUNTIME_FAILED */
export async function runOriginal(
  runtime: Runtime,
  scratch: Scratch,
  { model, tail: { embedding, logits } }: Pick<Plan, 'model' | 'tail'>,
  batches: readonly Feeds[],
): Promise<Original> {
  const names = [embedding.value, ...(logits === null ? [] : [logits])];
  const path = scratch.path('original.onnx');
  const remove = await writeScratchModel(path, withExtraOutputs(model, names));
  const session = await runtime.open({ model: path, provider: 'cpu' });
  const embeddings: Fetched[] = [];
  const scores: Fetched[] = [];
  for (const batch of batches) {
    const { [embedding.value]: x, [logits ?? '']: z } = await session.run(batch, names);
    if (x !== undefined) embeddings.push(x);
    if (z !== undefined) scores.push(z);
  }
  await session.release();
  remove();
  return { version: session.version, embeddings, logits: logits === null ? null : scores };
}
