import { intAttribute, intsAttribute } from '../../graph/attributes.ts';
import { printShape } from '../../graph/print-values.ts';
import type { Cursor } from '../cursor.ts';
import { biasAt, weightAt } from '../linear.ts';
import type { TailForm } from './form.ts';

/** Normalising and pooling do not commute, so the map must have been pooled to one place before. */
function mustBePooled(at: Cursor, embedding: string): number {
  const { shape } = at.shapes(embedding);
  if (shape === null) return at.refuse(`reads ${JSON.stringify(embedding)}, whose shape is not known`);
  if (shape.length < 3 || shape.slice(2).some((dim) => dim !== 1)) {
    at.refuse(
      `scores each place of ${JSON.stringify(embedding)} ${printShape(shape)}; ` +
        'only one pooled to 1x1 before it is an embedding',
    );
  }
  return shape.length;
}

/**
 *   E [N, D, 1, 1] ─ Conv(·, W [C, D, 1, 1], b) ─ [Flatten] ─ [Softmax]
 *
 * A linear layer in the clothes of a convolution: PyTorch heads after AdaptiveAvgPool, caffe2 DenseNet.
 */
export const conv1x1: TailForm = {
  name: 'conv-1x1',
  sketch: 'GlobalAveragePool → Conv(x, W [C, D, 1, 1], b) → [Flatten] → [Softmax]',
  operator: 'Conv',
  match(at) {
    const { node, depth } = at;
    const kernel = intsAttribute(node, 'kernel_shape') ?? at.constant(1, 'W').shape.slice(2);
    if (kernel.some((size) => size !== 1))
      at.refuse(`has a ${kernel.join('x')} kernel, so it is no linear layer`);
    if (intAttribute(node, 'group', 1) !== 1)
      at.refuse('is a grouped convolution: not every class sees every feature');
    if (intsAttribute(node, 'pads')?.some((pad) => pad !== 0)) at.refuse('pads its input');
    const embedding = at.input(0);
    const rank = mustBePooled(at, embedding);
    const found = weightAt(at, 1, 'CD', rank);
    const bias = node.input[2] ? biasAt(at, 2, found.classes) : null;
    const [logits = ''] = node.output;
    return {
      ...found,
      node,
      depth,
      embedding,
      rank,
      logits,
      axis: 1,
      spatial: true,
      alpha: 1,
      beta: 1,
      bias,
    };
  },
};
