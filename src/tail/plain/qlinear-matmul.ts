import { dequantised, floatInput, INPUT_NOTE } from './pieces.ts';
import type { Plain } from './plain.ts';

/** Y = quantised(A·B), both quantised: inputs A, its scale and zero point, B with its own, scale and zero point of Y. */
export const qlinearMatMul: Plain = {
  operator: 'QLinearMatMul',
  write(at, writer) {
    const { node } = at;
    const part = (from: number) => ({
      value: at.input(from),
      scale: at.input(from + 1),
      zero: at.input(from + 2),
    });
    const x = floatInput(at, writer, part(0));
    const w = dequantised(writer, part(3), 'weight');
    const product = writer.node('MatMul', [x, w], {}, writer.fresh('product'));
    writer.node('QuantizeLinear', [product, at.input(6), at.input(7)], {}, node.output[0] ?? '');
    return { replaces: [node], note: INPUT_NOTE };
  },
};
