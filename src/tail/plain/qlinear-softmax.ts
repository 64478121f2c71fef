import { intAttribute } from '../../graph/attributes.ts';
import { floats, operand, quantised } from './pieces.ts';
import type { Plain } from './plain.ts';

/** Softmax of a quantised tensor, quantised again. The attribute `opset` says what `axis` means. */
export const qlinearSoftmax: Plain = {
  operator: 'com.microsoft::QLinearSoftmax',
  write(at, writer) {
    const { node, shapes } = at;
    const axis = intAttribute(node, 'axis', -1);
    const rank = shapes(at.input(0)).shape?.length;
    if (intAttribute(node, 'opset', 13) < 13 && axis !== -1 && axis !== (rank ?? 0) - 1)
      return at.refuse(`runs over axes ${axis} and on together, not over the classes alone`);
    const scores = floats(writer, operand(at, 0), 'scores');
    quantised(
      at,
      writer,
      writer.node('Softmax', [scores], { axis: rank === undefined ? axis : rank - 1 }),
      3,
    );
    return { replaces: [node], note: null };
  },
};
