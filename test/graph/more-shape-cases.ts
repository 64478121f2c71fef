import type { Dim, ValueFacts } from '#graph/value-info.js';
import type { Held } from '../helpers/tiny-graph.ts';
import type { ShapeCase } from './shape-cases.ts';

const f = (...shape: readonly Dim[]): ValueFacts => ({ element: 'float32', shape });
const byte = (...shape: readonly Dim[]): ValueFacts => ({ element: 'uint8', shape });
const int = (...shape: readonly Dim[]): ValueFacts => ({ element: 'int32', shape });
const unranked: ValueFacts = { element: 'float32', shape: null };
const nothing: ValueFacts = { element: null, shape: null };

const row = (
  op: string,
  inputs: ShapeCase['inputs'],
  held: Readonly<Record<string, Held>>,
  ...outputs: readonly ValueFacts[]
): ShapeCase => ({ op, inputs, held, outputs });

const ms = (op: string) => `com.microsoft::${op}`;
const scale = f();
const zero = byte();

/** Operators of quantised and optimised models, and Einsum. */
export const MORE_SHAPE_CASES: readonly ShapeCase[] = [
  row('Einsum', [f('N', 'T', 8), f(5, 8)], { equation: 'ntd,cd->ntc' }, f('N', 'T', 5)),
  row('Einsum', [f('N', 8), f(8, 5)], { equation: 'nd,dc->cn' }, f(5, 'N')),
  row('Einsum', [f('N', 8), f(8, 5)], { equation: '...d,dc->...c' }, unranked),
  row('Einsum', [f('N', 8)], { equation: 'nd' }, unranked),
  row('DynamicQuantizeLinear', [f('N', 8)], {}, byte('N', 8), f(), byte()),
  row('MatMulInteger', [byte('N', 8), byte(8, 5)], {}, int('N', 5)),
  row('ConvInteger', [byte('N', 8, 1, 1), byte(5, 8, 1, 1)], {}, int('N', 5, 1, 1)),
  row('QLinearMatMul', [byte('N', 8), scale, zero, byte(8, 5), scale, zero, scale, zero], {}, byte('N', 5)),
  row(
    'QLinearConv',
    [byte('N', 8, 4, 4), scale, zero, byte(5, 8, 3, 3), scale, zero, scale, zero],
    {},
    byte('N', 5, 2, 2),
  ),
  row(ms('FusedConv'), [f('N', 8, 4, 4), f(5, 8, 3, 3)], {}, f('N', 5, 2, 2)),
  row(ms('FusedGemm'), [f('N', 8), f(5, 8)], { transB: 1 }, f('N', 5)),
  row(ms('FusedMatMul'), [f('N', 'T', 8), f(5, 8)], { transB: 1 }, f('N', 'T', 5)),
  row(ms('FusedMatMul'), [f('N', 8, 'T'), f(8, 5)], { transA: 1 }, f('N', 'T', 5)),
  row(ms('FusedMatMul'), [f('N', 8, 'T'), f(8, 5)], { transBatchA: 1 }, f(null, null, null)),
  row(ms('FusedMatMul'), [unranked, f(8, 5)], {}, unranked),
  row(ms('DynamicQuantizeMatMul'), [f('N', 8), byte(8, 5), scale, zero], {}, f('N', 5)),
  row(ms('MatMulIntegerToFloat'), [byte('N', 8), byte(8, 5), scale, scale], {}, f('N', 5)),
  row(ms('MatMulNBits'), [f('N', 'T', 32), byte(5, 2, 8), f(10)], { K: 32, N: 5 }, f('N', 'T', 5)),
  row(
    ms('QGemm'),
    [byte('N', 8), scale, zero, byte(5, 8), scale, zero, null, scale, zero],
    { transB: 1 },
    byte('N', 5),
  ),
  row(ms('QGemm'), [byte('N', 8), scale, zero, byte(8, 5), scale, zero], {}, f('N', 5)),
  row(ms('QLinearAdd'), [byte('N', 5), scale, zero, byte(5), scale, zero], {}, byte('N', 5)),
  row(ms('QLinearMul'), [byte('N', 1), scale, zero, byte(5), scale, zero], {}, byte('N', 5)),
  row(ms('QLinearGlobalAveragePool'), [byte('N', 8, 4, 4), scale, zero], {}, byte('N', 8, 1, 1)),
  row(
    ms('QLinearAveragePool'),
    [byte('N', 8, 4, 4), scale, zero],
    { kernel_shape: [2, 2], strides: [2, 2] },
    byte('N', 8, 2, 2),
  ),
  ...['QLinearSoftmax', 'QLinearSigmoid', 'QLinearLeakyRelu'].map((op) =>
    row(ms(op), [byte('N', 8), scale, zero], {}, byte('N', 8)),
  ),
  ...['BiasGelu', 'FastGelu', 'QuickGelu', 'Gelu', 'BiasSoftmax'].map((op) =>
    row(ms(op), [f('N', 'T', 8), f(8)], {}, f('N', 'T', 8)),
  ),
  ...['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'].map((op) =>
    row(ms(op), [f('N', 'T', 8), f('N', 'T', 8), f(8)], {}, f('N', 'T', 8), nothing),
  ),
  row(ms('EmbedLayerNormalization'), [int('N', 'T'), int('N', 'T'), f(99, 8)], {}, f('N', 'T', 8), nothing),
  ...['Attention', 'QAttention', 'MultiHeadAttention'].map((op) =>
    row(ms(op), [f('N', 'T', 8), f(8, 24)], {}, f('N', 'T', null), nothing),
  ),
  row(ms('QuantizeLinear'), [f('N', 8), scale, zero], {}, byte('N', 8)),
  row(ms('DequantizeLinear'), [byte('N', 8), scale, zero], {}, f('N', 8)),
];
