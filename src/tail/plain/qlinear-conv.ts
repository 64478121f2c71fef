import { tensor } from '../../expr/kernels.ts';
import { create } from '../../model/codec.ts';
import { dequantised, floatInput, INPUT_NOTE, operand, optional, quantised } from './pieces.ts';
import type { Plain } from './plain.ts';

/** Y = quantised(conv(X, W) + B): inputs X and W with their scales and zero points, scale and zero point of Y, B as int32. */
export const qlinearConv: Plain = {
  operator: 'QLinearConv',
  write(at, writer) {
    const { node } = at;
    const [x, w, bias] = [operand(at, 0), operand(at, 3), optional(at, 8)];
    const rank = at.constant(3, 'W').shape.length;
    // A scale for each class runs along the first axis of W.
    const shape = writer.constant('int64', tensor([-1, ...new Array<number>(Math.max(rank - 1, 0)).fill(1)]));
    const first = (value: string) => writer.node('Reshape', [value, shape]);
    const rows = { value: w.value, scale: first(w.scale), zero: w.zero === '' ? '' : first(w.zero) };
    const parts = [floatInput(at, writer, x), dequantised(writer, rows, 'weight')];
    if (bias !== '') {
      const unit = writer.node('Mul', [x.scale, w.scale]);
      parts.push(dequantised(writer, { value: bias, scale: unit, zero: '' }, 'bias'));
    }
    const product = writer.fresh('product');
    writer.nodes.push(
      create('NodeProto', { opType: 'Conv', input: parts, output: [product], attribute: node.attribute }),
    );
    quantised(at, writer, product, 6);
    return { replaces: [node], note: INPUT_NOTE };
  },
};
