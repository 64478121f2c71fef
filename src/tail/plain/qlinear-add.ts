import { floats, operand, quantised } from './pieces.ts';
import type { Plain } from './plain.ts';

/** The sum of two quantised tensors, quantised again: a bias behind QLinearMatMul. */
export const qlinearAdd: Plain = {
  operator: 'com.microsoft::QLinearAdd',
  write(at, writer) {
    const [a, b] = [0, 3].map((from) => floats(writer, operand(at, from), 'operand'));
    quantised(at, writer, writer.node('Add', [a ?? '', b ?? '']), 6);
    return { replaces: [at.node], note: null };
  },
};
