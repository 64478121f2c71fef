import { dequantised, floatInput, INPUT_NOTE, operand, quantised } from './pieces.ts';
import type { Plain } from './plain.ts';

/** Y = quantised(A·B), both quantised: inputs A, its scale and zero point, B with its own, scale and zero point of Y. */
export const qlinearMatMul: Plain = {
  operator: 'QLinearMatMul',
  write(at, writer) {
    const x = floatInput(at, writer, operand(at, 0));
    const w = dequantised(writer, operand(at, 3), 'weight');
    quantised(at, writer, writer.node('MatMul', [x, w], {}, writer.fresh('product')), 6);
    return { replaces: [at.node], note: INPUT_NOTE };
  },
};
