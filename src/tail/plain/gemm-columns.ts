import { intAttribute } from '../../graph/attributes.ts';
import { withFields } from '../../model/codec.ts';
import type { Plain } from './plain.ts';

/** Gemm with transA = 1, whose samples are columns: a Transpose, and a Gemm over rows. */
export const gemmColumns: Plain = {
  operator: 'Gemm',
  when: (node) => intAttribute(node, 'transA', 0) !== 0,
  write({ node }, writer) {
    const [columns = '', ...rest] = node.input;
    const rows = writer.node('Transpose', [columns], { perm: [1, 0] }, writer.fresh('embedding'));
    const attribute = node.attribute.filter(({ name }) => name !== 'transA');
    writer.nodes.push(withFields(node, { input: [rows, ...rest], attribute }));
    return { replaces: [node], note: null };
  },
};
