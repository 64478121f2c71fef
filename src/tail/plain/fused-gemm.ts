import { floatAttribute } from '../../graph/attributes.ts';
import { create } from '../../model/codec.ts';
import type { Plain } from './plain.ts';

const OWN = new Set(['alpha', 'beta', 'transA', 'transB']);

/** Gemm and an activation in one, as ONNX Runtime writes optimised models: the two one after another. */
export const fusedGemm: Plain = {
  operator: 'com.microsoft::FusedGemm',
  write(at, writer) {
    const { node } = at;
    const [out = ''] = node.output;
    const activation = at.text('activation');
    if (activation === '') at.refuse('does not say what its activation is');
    const product = writer.fresh('product');
    const attribute = node.attribute.filter(({ name = '' }) => OWN.has(name));
    writer.nodes.push(
      create('NodeProto', { opType: 'Gemm', input: node.input, output: [product], attribute }),
    );
    const alpha = node.attribute.some(({ name }) => name === 'activation_alpha')
      ? { alpha: { float: floatAttribute(node, 'activation_alpha', 0) } }
      : {};
    writer.node(activation, [product], alpha, out);
    return { replaces: [node], note: null };
  },
};
