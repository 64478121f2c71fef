import type { Element } from '../model/elements.ts';
import { intAttribute, stringAttribute } from './attributes.ts';
import { broadcast, ofRank } from './dims.ts';
import { SHAPE_RULES, type ShapeRule } from './shape-rules.ts';
import { type Dim, UNKNOWN } from './value-info.ts';

/*
 * Shapes behind operators that ONNX Runtime writes when it quantises or optimises a model, and Einsum: most are those of a
 * plain operator with its inputs in other places.
 */

/** As a plain operator that reads these inputs; of another element type where one is given. */
function like(name: string, inputs: readonly number[], element?: Element): ShapeRule {
  return (site, output) => {
    const input = (index: number) => site.input(inputs[index] ?? -1);
    const held = (index: number) => site.held(inputs[index] ?? -1);
    const facts = SHAPE_RULES.get(name)?.({ ...site, input, held }, output) ?? UNKNOWN;
    return element === undefined ? facts : { ...facts, element };
  };
}

/** The first output is as the first input; nothing is known of others. */
const same: ShapeRule = ({ input }, output) => (output === 0 ? input(0) : UNKNOWN);

/** The rank of the first input stays; the last axis is what the weight makes of it. */
const projected =
  (last: (rule: Parameters<ShapeRule>[0]) => Dim): ShapeRule =>
  (site, output) => {
    const { element, shape } = site.input(0);
    if (output > 0) return UNKNOWN;
    return { element, shape: shape && [...shape.slice(0, -1), last(site)] };
  };

const fusedMatMul: ShapeRule = ({ node, input }) => {
  const { element, shape } = input(0);
  const weight = input(1).shape;
  const on = (name: string) => intAttribute(node, name, 0) !== 0;
  if (shape === null || weight === null) return { element, shape: null };
  if (on('transBatchA') || on('transBatchB') || weight.length > shape.length || shape.length < 2)
    return { element, shape: ofRank(Math.max(shape.length, weight.length)) };
  const rows = shape.at(on('transA') ? -1 : -2) ?? null;
  const columns = weight.at(on('transB') ? -2 : -1) ?? null;
  return { element, shape: [...shape.slice(0, -2), rows, columns] };
};

/** The size that each letter of the result has in the operands. */
const einsum: ShapeRule = ({ node, input }) => {
  const [terms = '', result] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->');
  const { element } = input(0);
  if (result === undefined || !/^[a-zA-Z,]*$/.test(terms + result)) return { element, shape: null };
  const sizes = new Map<string, Dim>();
  for (const [index, letters] of terms.split(',').entries())
    for (const [axis, letter] of [...letters].entries())
      sizes.set(letter, sizes.get(letter) ?? input(index).shape?.[axis] ?? null);
  return { element, shape: [...result].map((letter) => sizes.get(letter) ?? null) };
};

/** Integers of 8 bits as they are, and their scale and zero point. */
const dynamicQuantize: ShapeRule = ({ input }, output) => {
  if (output === 0) return { element: 'uint8', shape: input(0).shape };
  return { element: output === 1 ? 'float32' : 'uint8', shape: [] };
};

const pair: ShapeRule = ({ input }) => ({
  element: input(0).element,
  shape: broadcast([input(0).shape, input(3).shape]),
});

const qgemm: ShapeRule = (site, output) => {
  const { shape } = like('Gemm', [0, 3])(site, output);
  return { element: site.node.input[7] ? site.input(0).element : 'float32', shape };
};

/** [N, T] of ids become [N, T, H] of the embedding table. */
const embedded: ShapeRule = ({ input }, output) => {
  const [ids, table] = [input(0).shape, input(2)];
  if (output > 0 || ids === null) return UNKNOWN;
  return { element: table.element, shape: [...ids, table.shape?.[1] ?? null] };
};

const contrib = (names: string, rule: ShapeRule): [string, ShapeRule][] =>
  names.split(' ').map((name) => [`com.microsoft::${name}`, rule]);

/** By operator, with its domain where that is not the standard one. */
export const MORE_SHAPE_RULES: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ['Einsum', einsum],
  ['DynamicQuantizeLinear', dynamicQuantize],
  ['MatMulInteger', like('MatMul', [0, 1], 'int32')],
  ['ConvInteger', like('Conv', [0, 1], 'int32')],
  ['QLinearMatMul', like('MatMul', [0, 3])],
  ['QLinearConv', like('Conv', [0, 3])],
  ...contrib('FusedConv', like('Conv', [0, 1])),
  ...contrib('FusedGemm', like('Gemm', [0, 1])),
  ...contrib('FusedMatMul', fusedMatMul),
  ...contrib('DynamicQuantizeMatMul', like('MatMul', [0, 1])),
  ...contrib('MatMulIntegerToFloat', like('MatMul', [0, 1], 'float32')),
  ...contrib(
    'MatMulNBits',
    projected(({ node }) => intAttribute(node, 'N', 0) || null),
  ),
  ...contrib('QGemm', qgemm),
  ...contrib('QLinearAdd QLinearMul', pair),
  ...contrib('QLinearGlobalAveragePool', like('GlobalAveragePool', [0])),
  ...contrib('QLinearAveragePool', like('AveragePool', [0])),
  ...contrib('QLinearSoftmax QLinearSigmoid QLinearLeakyRelu', same),
  ...contrib('BiasGelu FastGelu QuickGelu Gelu BiasSoftmax', same),
  ...contrib('SkipLayerNormalization SkipSimplifiedLayerNormalization', same),
  ...contrib('EmbedLayerNormalization', embedded),
  ...contrib(
    'Attention QAttention MultiHeadAttention',
    projected(() => null),
  ),
  ...contrib('QuantizeLinear', like('QuantizeLinear', [0, 1, 2])),
  ...contrib('DequantizeLinear', like('DequantizeLinear', [0, 1, 2])),
]);
