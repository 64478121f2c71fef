import { intsAttribute } from '../../graph/attributes.ts';
import { convolved, kernelOf, mapOf } from '../convolution.ts';
import type { TailForm } from './form.ts';

/**
 *   E [N, K, h, w] ─ Conv(·, W [C, K, h, w], b) ─ Flatten ─ [Softmax]
 *
 * A kernel as large as the map is a linear layer on the map flattened, D = K·h·w: VGG and AlexNet as converters write them.
 */
export const convMap: TailForm = {
  name: 'conv-map',
  sketch: 'Conv(x [N, K, h, w], W [C, K, h, w], b) → Flatten → [Softmax]',
  operator: 'Conv',
  when: (at) => kernelOf(at).some((size) => size !== 1),
  match(at) {
    const kernel = kernelOf(at);
    const map = mapOf(at);
    if (map.length !== kernel.length || map.some((size, each) => size !== kernel[each])) {
      const seen = map.map((size) => size ?? '?').join('x');
      at.refuse(
        `has a ${kernel.join('x')} kernel on a map of ${seen}, so it scores places; ` +
          'only a kernel as large as the map is a linear layer',
      );
    }
    if (intsAttribute(at.node, 'dilations')?.some((step) => step !== 1)) at.refuse('skips places of its map');
    return convolved(at);
  },
};
