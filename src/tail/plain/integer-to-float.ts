import type { Writer } from '../../expr/writer.ts';
import type { Cursor } from '../cursor.ts';
import { dequantised, floatInput, INPUT_NOTE, optional, type Quantised } from './pieces.ts';
import type { Plain, Written } from './plain.ts';

/** E·W of a weight as floats, and the bias where there is one. */
function writeProduct(at: Cursor, writer: Writer, x: string, weight: Quantised, bias: string): Written {
  const { node } = at;
  const [out = ''] = node.output;
  const w = dequantised(writer, weight, 'weight');
  if (bias === '') writer.node('MatMul', [x, w], {}, out);
  else writer.node('Add', [writer.node('MatMul', [x, w], {}, writer.fresh('product')), bias], {}, out);
  return { replaces: [node], note: INPUT_NOTE };
}

/** Inputs A (float), B, scale of B, zero point of B, bias: quantised inside. */
export const dynamicQuantizeMatMul: Plain = {
  operator: 'com.microsoft::DynamicQuantizeMatMul',
  write(at, writer) {
    const weight = { value: at.input(1), scale: at.input(2), zero: optional(at, 3) };
    return writeProduct(at, writer, at.input(0), weight, optional(at, 4));
  },
};

/** Inputs A and B (integers), their scales, their zero points, bias. */
export const matmulIntegerToFloat: Plain = {
  operator: 'com.microsoft::MatMulIntegerToFloat',
  write(at, writer) {
    const input = { value: at.input(0), scale: at.input(2), zero: optional(at, 4) };
    const weight = { value: at.input(1), scale: at.input(3), zero: optional(at, 5) };
    return writeProduct(at, writer, floatInput(at, writer, input), weight, optional(at, 6));
  },
};
