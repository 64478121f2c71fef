import { weightAt } from '../linear.ts';
import type { TailForm } from './form.ts';

/** More axes than [N, H, W, D] have no name in a graph that is trained. */
const MOST_RANK = 4;

/**
 * logits = E·W: a layer without bias, as in PyTorch (bias=False) and Keras (use_bias=False); with an Add behind it, which
 * is a pass, a layer with one. W is [D, C] on the right; E is [N, D], [N, T, D] or [N, H, W, D].
 */
export const matmul: TailForm = {
  name: 'matmul',
  sketch: 'MatMul(x, W) → [Add(b)] → [Softmax]',
  operator: 'MatMul',
  match(at) {
    const { node, depth, shapes } = at;
    const [embedding, logits] = [at.input(0), node.output[0] ?? ''];
    const found = weightAt(at, 1, 'DC');
    const rank = (shapes(embedding).shape ?? shapes(logits).shape)?.length;
    if (rank === undefined) return at.refuse(`reads ${JSON.stringify(embedding)}, whose rank is not known`);
    if (rank < 2 || rank > MOST_RANK)
      at.refuse(`scores an embedding of rank ${rank}; [N, D], [N, T, D] and [N, H, W, D] are understood`);
    return {
      ...found,
      node,
      depth,
      embedding,
      rank,
      logits,
      axis: rank - 1,
      spatial: false,
      gain: null,
      bias: null,
    };
  },
};
