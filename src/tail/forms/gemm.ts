import { floatAttribute, intAttribute } from '../../graph/attributes.ts';
import { biasAt, type Linear, scaled, weightAt } from '../linear.ts';
import type { TailForm } from './form.ts';

/**
 * logits = alpha · E·W + beta · b
 *
 * PyTorch's nn.Linear exports with transB = 1, so W is [C, D]; Keras and scikit-learn leave it [D, C].
 */
export const gemm: TailForm = {
  name: 'gemm',
  sketch: 'Gemm(x, W, b) → [Softmax]',
  operator: 'Gemm',
  match(at) {
    const { node, depth } = at;
    if (intAttribute(node, 'transA', 0) !== 0) at.refuse('has transA = 1: its samples are columns, not rows');
    const found = weightAt(at, 1, intAttribute(node, 'transB', 0) === 0 ? 'DC' : 'CD');
    const alpha = floatAttribute(node, 'alpha', 1);
    const beta = floatAttribute(node, 'beta', 1);
    if (alpha === 0) at.refuse('has alpha = 0: its scores do not depend on the embedding');
    const bias = node.input[2] && beta !== 0 ? biasAt(at, 2, found.classes) : null;
    const [logits = ''] = node.output;
    const linear: Linear = {
      ...found,
      node,
      depth,
      embedding: at.input(0),
      rank: 2,
      logits,
      axis: 1,
      spatial: false,
      gain: null,
      bias: null,
    };
    const product = alpha === 1 ? linear : scaled(linear, () => [alpha], logits);
    const weighed =
      beta === 1 || bias === null ? bias : { ...bias, rows: () => bias.rows().map((b) => beta * b) };
    return { ...product, bias: weighed };
  },
};
