import { MarginError } from '../errors.ts';
import { openBatch } from '../graph/open-batch.ts';
import { type GraphView, viewGraph } from '../graph/view.ts';
import type { Model } from '../model/model.ts';

/** A model as it was before its batch was opened, and how many samples it takes at once. */
export interface FixedBatch {
  readonly model: Model;
  readonly size: number;
}

/** A model that takes any number of samples; `fixed` is null where it did so already. */
export interface Opened {
  readonly view: GraphView;
  readonly fixed: FixedBatch | null;
}

/** Opens the batch of a model. @throws MarginError UNSUPPORTED_MODEL, with the node that keeps it fixed */
export function opened(view: GraphView): Opened {
  const result = openBatch(view.model);
  if (result === null) return { view, fixed: null };
  if ('reason' in result) throw batchStaysFixed(`${result.node} ${result.reason}`);
  return { view: viewGraph(result.model), fixed: { model: view.model, size: result.size } };
}

/** The refusal to open a batch. */
export function batchStaysFixed(saw: string, cause?: unknown): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message:
      'The batch of the model cannot be opened: it takes the number of samples that it was exported with.',
    saw,
    expected: 'samples that can be followed from the inputs to the embedding, each for itself',
    tryThis: [
      'leave --open-batch out: the graphs then take as many samples as the model',
      'export the model with a batch axis of any size (in PyTorch: dynamic_axes or dynamic_shapes)',
    ],
    cause,
  });
}
