import { printShape } from '../../graph/print-values.ts';
import { convolved, kernelOf, mapOf } from '../convolution.ts';
import type { TailForm } from './form.ts';

/**
 *   E [N, D, 1, 1] ─ Conv(·, W [C, D, 1, 1], b) ─ [Flatten] ─ [Softmax]
 *
 * A linear layer in the clothes of a convolution: PyTorch heads after AdaptiveAvgPool, caffe2 DenseNet.
 */
export const conv1x1: TailForm = {
  name: 'conv-1x1',
  sketch: 'GlobalAveragePool → Conv(x, W [C, D, 1, 1], b) → [Flatten] → [Softmax]',
  operator: 'Conv',
  when: (at) => kernelOf(at).every((size) => size === 1),
  match(at) {
    // Normalising and pooling do not commute, so the map must have been pooled to one place before.
    if (mapOf(at).some((size) => size !== 1)) {
      const embedding = at.input(0);
      at.refuse(
        `scores each place of ${JSON.stringify(embedding)} ${printShape(at.shapes(embedding).shape)}; ` +
          'only one pooled to 1x1 before it is an embedding',
      );
    }
    return convolved(at);
  },
};
