import { operatorOf } from '../../graph/view.ts';
import { constantAt } from '../constant.ts';
import type { Cursor } from '../cursor.ts';
import { biasAt } from '../linear.ts';
import type { TailForm } from './form.ts';
import { product } from './matmul.ts';

const LINEAR: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'Conv', 'Add']);

/** The input of an Add that holds the bias: PyTorch writes it first, tf2onnx last. */
function biasSide(at: Cursor): 0 | 1 {
  const side = ([1, 0] as const).find((index) => typeof constantAt(at, at.input(index)) !== 'string');
  if (side !== undefined) return side;
  const makers = [0, 1].map((index) => at.view.producer(at.input(index)));
  const both = makers.every((maker) => maker !== null && LINEAR.has(operatorOf(maker)));
  const what = both
    ? 'adds up two layers, of which neither alone gives the scores'
    : 'adds up two computed values';
  return at.refuse(`${what}; a bias must be constant`);
}

/** logits = E·W + b: Keras, scikit-learn, CNTK, MATLAB, and PyTorch for tokens. b is [C] or [1, C], on either side. */
export const matmulAdd: TailForm = {
  name: 'matmul-add',
  sketch: 'MatMul(x, W) → Add(b) → [Softmax]',
  operator: 'Add',
  match(at) {
    const side = biasSide(at);
    const linear = product(at.made(1 - side, 'MatMul'));
    const bias = biasAt(at, side, linear.classes);
    if (bias.shape.length > linear.rank)
      at.refuse(`adds a bias of rank ${bias.shape.length} to scores of rank ${linear.rank}`);
    return { ...linear, logits: at.node.output[0] ?? '', bias };
  },
};
