import { floatAttribute, intAttribute } from '../../graph/attributes.ts';
import { dequantised, floatInput, INPUT_NOTE, operand, optional, quantised } from './pieces.ts';
import type { Plain } from './plain.ts';

/**
 * Y = quantised(alpha · A·B + C), A and B quantised: inputs A, its scale and zero point, B with its own, C, and scale and
 * zero point of Y, without which Y is float. C is int32 in units of alpha · A's scale · B's scale.
 */
export const qgemm: Plain = {
  operator: 'com.microsoft::QGemm',
  write(at, writer) {
    const { node } = at;
    const on = (name: string) => intAttribute(node, name, 0);
    if (on('transA') !== 0) at.refuse('has transA = 1: its samples are columns, not rows');
    const [input, weight, bias] = [operand(at, 0), operand(at, 3), optional(at, 6)];
    const alpha = { alpha: { float: floatAttribute(node, 'alpha', 1) }, transB: on('transB') };
    const perRow = on('transB') !== 0 && at.constant(4, 'scale of W').shape.length === 1;
    const x = floatInput(at, writer, input);
    const w = perRow ? rowsDequantised() : dequantised(writer, weight, 'weight');
    const parts = [x, w, ...(bias === '' ? [] : [biasOf(bias)])];
    if (optional(at, 7) === '') writer.node('Gemm', parts, alpha, node.output[0] ?? '');
    else quantised(at, writer, writer.node('Gemm', parts, alpha, writer.fresh('product')), 7);
    return { replaces: [node], note: INPUT_NOTE };

    /** With transB = 1 a scale for each class runs along rows: the weight is turned, and turned back. */
    function rowsDequantised(): string {
      const turned = writer.node('Transpose', [weight.value], { perm: [1, 0] });
      const columns = dequantised(writer, { ...weight, value: turned }, 'columns');
      return writer.node('Transpose', [columns], { perm: [1, 0] }, writer.fresh('weight'));
    }

    function biasOf(value: string): string {
      const unit = writer.node('Mul', [input.scale, weight.scale]);
      return dequantised(writer, { value, scale: unit, zero: '' }, 'bias');
    }
  },
};
