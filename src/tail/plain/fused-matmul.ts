import { tensor } from '../../expr/kernels.ts';
import { floatAttribute, intAttribute } from '../../graph/attributes.ts';
import type { Plain } from './plain.ts';

/** alpha · E·Wᵀ in one, as ONNX Runtime writes optimised models: a Transpose of W, the product, and the factor. */
export const fusedMatMul: Plain = {
  operator: 'com.microsoft::FusedMatMul',
  write(at, writer) {
    const { node } = at;
    const [x, w, out = ''] = [at.input(0), at.input(1), ...node.output];
    const on = (name: string) => intAttribute(node, name, 0) !== 0;
    if (on('transA') || on('transBatchA') || on('transBatchB'))
      at.refuse('transposes its input or its batch, so its samples are no rows');
    const alpha = floatAttribute(node, 'alpha', 1);
    const columns = on('transB') ? writer.node('Transpose', [w], { perm: [1, 0] }) : w;
    if (alpha === 1) writer.node('MatMul', [x, columns], {}, out);
    else {
      const product = writer.node('MatMul', [x, columns], {}, writer.fresh('product'));
      writer.node('Mul', [product, writer.constant('float32', tensor(alpha))], {}, out);
    }
    return { replaces: [node], note: null };
  },
};
