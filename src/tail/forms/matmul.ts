import type { Cursor } from '../cursor.ts';
import type { Linear } from '../linear.ts';
import { weightAt } from '../linear.ts';
import type { TailForm } from './form.ts';

/** The product E·W of a MatMul, without a bias: W is [D, C] on the right; E is [N, D] or [N, T, D]. */
export function product(at: Cursor): Linear {
  const { node, depth, shapes } = at;
  const [embedding, logits] = [at.input(0), node.output[0] ?? ''];
  const found = weightAt(at, 1, 'DC');
  const rank = (shapes(embedding).shape ?? shapes(logits).shape)?.length;
  if (rank === undefined) return at.refuse(`reads ${JSON.stringify(embedding)}, whose rank is not known`);
  if (rank !== 2 && rank !== 3)
    at.refuse(`scores an embedding of rank ${rank}; [N, D] and [N, T, D] are understood`);
  return {
    ...found,
    node,
    depth,
    embedding,
    rank,
    logits,
    axis: rank - 1,
    spatial: false,
    alpha: 1,
    beta: 1,
    bias: null,
  };
}

/** logits = E·W: a layer without bias, as in PyTorch (bias=False) and Keras (use_bias=False). */
export const matmul: TailForm = {
  name: 'matmul',
  sketch: 'MatMul(x, W) → [Softmax]',
  operator: 'MatMul',
  match: product,
};
