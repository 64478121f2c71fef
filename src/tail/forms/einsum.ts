import { constantAt } from '../constant.ts';
import { type Linear, weightAt } from '../linear.ts';
import type { TailForm } from './form.ts';

/**
 * logits = Einsum(E, W), with an equation such as `nd,cd->nc` or `ntd,dc->ntc`: JAX and hand-made PyTorch heads.
 *
 * The letters say which axis of W is which: the one that E has too and the result has not is D, the other one C.
 */
export const einsum: TailForm = {
  name: 'einsum',
  sketch: 'Einsum(x, W) with nd,cd->nc → [Add(b)] → [Softmax]',
  operator: 'Einsum',
  match(at): Linear {
    const { node, depth } = at;
    const equation = at.text('equation').replaceAll(' ', '');
    const [terms = '', result = ''] = equation.split('->');
    const sides = terms.split(',');
    if (node.input.length !== 2 || sides.length !== 2) at.refuse('is no product of two tensors');
    const weightSide = [1, 0].find((side) => typeof constantAt(at, at.input(side)) !== 'string') ?? 1;
    const [x = '', w = ''] = [sides[1 - weightSide], sides[weightSide]];
    const linear = (feature: string, label: string) =>
      x === `${result.slice(0, -1)}${feature}` && result.endsWith(label) && !x.includes(label);
    const [first = '', second = ''] = w;
    const layout = linear(second, first) ? 'CD' : linear(first, second) ? 'DC' : null;
    if (w.length !== 2 || layout === null || !/^[a-z]{2,4}$/i.test(x) || new Set(x).size !== x.length)
      return at.refuse(`computes ${equation}, which is no linear layer such as nd,cd->nc or ntd,dc->ntc`);
    const [logits = ''] = node.output;
    return {
      ...weightAt(at, weightSide, layout),
      node,
      depth,
      embedding: at.input(1 - weightSide),
      rank: x.length,
      logits,
      axis: x.length - 1,
      spatial: false,
      gain: null,
      bias: null,
    };
  },
};
