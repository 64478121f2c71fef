import { intAttribute } from '../../graph/attributes.ts';
import { elementNumber } from '../../model/elements.ts';
import { makeTensor } from '../../model/tensors.ts';
import { fieldAt } from './bits.ts';
import { optional, WEIGHT_NOTE } from './pieces.ts';
import type { Plain } from './plain.ts';

/**
 * Inputs A, B, scales, zero points, group index, bias. B is uint8 [N, blocks, bytes a block]: each row of the N·K weight in
 * blocks of `block_size` numbers of `bits` bits, the lowest bits first; w = (q − zero point) · scale of its block, the zero
 * point being half the range where none is given, packed like B where it is uint8.
 */
export const matmulNBits: Plain = {
  operator: 'com.microsoft::MatMulNBits',
  write(at, writer) {
    const { node } = at;
    const int = (name: string, absent = 0) => intAttribute(node, name, absent);
    const [dim, classes, bits, block] = [int('K'), int('N'), int('bits', 4), int('block_size')];
    if (!(dim > 0 && classes > 0 && block > 0 && [2, 4, 8].includes(bits)))
      return at.refuse(
        `has K = ${dim}, N = ${classes}, block_size = ${block}, bits = ${bits}, which is no weight`,
      );
    if (optional(at, 4) !== '') at.refuse('takes its inputs in an order of their own (g_idx)');
    const blocks = Math.ceil(dim / block);
    const blockBytes = Math.ceil((block * bits) / 8);
    const zeroBytes = Math.ceil((blocks * bits) / 8);
    const packed = at.constant(1, 'W').floats();
    const scale = at.constant(2, 'scale of W');
    const scales = scale.floats();
    const zero = optional(at, 3) === '' ? null : at.constant(3, 'zero point of W');
    const zeros = zero?.floats() ?? null;
    if (packed.length !== classes * blocks * blockBytes || scales.length !== classes * blocks)
      return at.refuse(
        `has ${packed.length} bytes and ${scales.length} scales for ${classes} rows of ${dim}`,
      );
    const zeroOf = (row: number, b: number): number => {
      if (zeros === null) return 2 ** (bits - 1);
      if (zero?.element !== 'uint8') return zeros[row * blocks + b] ?? 0;
      return fieldAt(zeros, row * zeroBytes, b, bits);
    };
    const w = new Float32Array(dim * classes);
    for (let row = 0; row < classes; row++) {
      for (let k = 0; k < dim; k++) {
        const b = Math.floor(k / block);
        const q = fieldAt(packed, (row * blocks + b) * blockBytes, k % block, bits);
        w[k * classes + row] = (q - zeroOf(row, b)) * (scales[row * blocks + b] ?? 0);
      }
    }
    const stored = writer.fresh('weight');
    writer.initializers.push(makeTensor(stored, [dim, classes], w));
    // The product is of the type that the scales have.
    const to = scale.element === null ? 0 : elementNumber(scale.element);
    const columns = scale.element === 'float32' ? stored : writer.node('Cast', [stored], { to });
    const [bias, out = ''] = [optional(at, 5), ...node.output];
    if (bias === '') writer.node('MatMul', [at.input(0), columns], {}, out);
    else {
      const product = writer.node('MatMul', [at.input(0), columns], {}, writer.fresh('product'));
      writer.node('Add', [product, bias], {}, out);
    }
    return { replaces: [node], note: WEIGHT_NOTE };
  },
};
