import type { Model } from '../model/model.ts';
import { readTensor } from '../model/tensors.ts';
import { type CutValue, type Layers, type LayersOptions, type LayerTensor, planLayers } from './layers.ts';
import type { Plan } from './plan.ts';
import { planRewrite, type RewriteOptions } from './rewrite.ts';
import { cutOf } from './step-model.ts';

/** What a trainer must know of the layers that it trains. */
export interface TrainedLayers {
  /** What the frozen part of the model gives, and the step graph is fed with: a row a sample, to be computed once. */
  readonly cut: readonly CutValue[];
  /** What is trained besides the head, each an input of the step graph that comes out as `<name>_next`. */
  readonly tensors: readonly TrainedTensor[];
}

export interface TrainedTensor extends LayerTensor {
  /** Its elements as they are in the model. Reads the file. */
  read(): Float32Array;
}

/**
 * The layers that a step trains besides the head: none but where `trainFrom` or `trainLast` is given.
 * @throws MarginError as `rewrite` does; BAD_PARAM for a start that is none, and UNSUPPORTED_MODEL for an operator that no
 *   gradient passes, with the nearest start from which on they pass
 */
export function trainedLayers(model: Model, options: RewriteOptions, from: LayersOptions): TrainedLayers {
  const plan = planRewrite(model, options);
  const layers = planLayers(plan, from);
  return { cut: cutOf(plan, layers), tensors: layers === null ? [] : readable(plan, layers) };
}

/** The tensors of layers, with their elements. */
export function readable({ model }: Plan, { tensors, part }: Layers): readonly TrainedTensor[] {
  return tensors.map((each, i) => ({
    ...each,
    read: () => {
      const tensor = part.weights[i]?.tensor;
      if (tensor === undefined) throw new Error(`a trained layer without ${each.value}`);
      return Float32Array.from(readTensor(model, tensor).data, Number);
    },
  }));
}
