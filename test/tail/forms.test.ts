import { describe, expect, it } from 'vitest';
import { FORMS } from '#tail/forms/index.js';
import type { Tail } from '#tail/tail.js';
import { tailOf } from '../helpers/written-tail.ts';

/** What matters of a tail, in one line a thing. */
function told({ form, nodeLabel, embedding, logits, weight, bias, spatial }: Tail) {
  const { value, layout, classes, dim, initializer } = weight;
  return {
    form,
    layer: nodeLabel,
    embedding: `${embedding.value} ${embedding.element} [${embedding.shape.join(', ')}]`,
    logits,
    weight: `${value} ${layout} ${classes} x ${dim}`,
    initializer,
    rows: [...weight.rows()],
    bias: bias === null ? null : [bias.value, ...bias.rows()],
    spatial,
  };
}

const X = 'input x float32 [N, 2]';
const TOKENS = 'input x float32 [N, T, 2]';
const MAP = 'input x float32 [N, 2, 1, 1]';
const CD = 'initializer w float32 [3, 2]';
const DC = 'initializer w float32 [2, 3]';
const B = 'initializer b float32 [3] = 7, 8, 9';
const FIRST = [1, 2, 3, 4, 5, 6];
const TURNED = [1, 4, 2, 5, 3, 6];

const GEMM = {
  form: 'gemm',
  layer: 'Gemm "fc"',
  embedding: 'x float32 [N, 2]',
  logits: 'y',
  weight: 'w CD 3 x 2',
  initializer: 'w',
  rows: FIRST,
  bias: ['b', 7, 8, 9],
  spatial: false,
};
const TURNED_GEMM = { ...GEMM, weight: 'w DC 3 x 2', rows: TURNED };
const MATMUL = { ...TURNED_GEMM, form: 'matmul', layer: 'MatMul "fc"', bias: null };
const ADD = { ...MATMUL, form: 'matmul-add', bias: ['b', 7, 8, 9] };
const EINSUM = { ...GEMM, form: 'einsum', layer: 'Einsum "fc"', bias: null };
const CONV = {
  ...GEMM,
  form: 'conv-1x1',
  layer: 'Conv "fc"',
  embedding: 'x float32 [N, 2, 1, 1]',
  initializer: null,
  spatial: true,
};

type Variant = readonly [title: string, text: readonly string[], found: ReturnType<typeof told>];

const VARIANTS: readonly Variant[] = [
  ['Gemm, W as PyTorch has it', [X, CD, B, 'y = Gemm(x, w, b) {transB=1} # fc'], GEMM],
  ['Gemm, W as Keras has it', [X, DC, B, 'y = Gemm(x, w, b) # fc'], TURNED_GEMM],
  ['Gemm, transB = 0 in words', [X, DC, B, 'y = Gemm(x, w, b) {transA=0, transB=0} # fc'], TURNED_GEMM],
  [
    'Gemm, square W by transB, not by its shape',
    [X, 'initializer w float32 [2, 2]', 'y = Gemm(x, w) {transB=1} # fc'],
    { ...GEMM, weight: 'w CD 2 x 2', rows: [1, 2, 3, 4], bias: null },
  ],
  [
    'Gemm, square W untransposed',
    [X, 'initializer w float32 [2, 2]', 'y = Gemm(x, w) # fc'],
    { ...GEMM, weight: 'w DC 2 x 2', rows: [1, 3, 2, 4], bias: null },
  ],
  ['Gemm without bias', [X, CD, 'y = Gemm(x, w) {transB=1} # fc'], { ...GEMM, bias: null }],
  ['Gemm with a bias left out', [X, CD, 'y = Gemm(x, w, -) {transB=1} # fc'], { ...GEMM, bias: null }],
  [
    'Gemm with alpha: W is scaled, so it is not the initializer as it lies',
    [X, CD, B, 'y = Gemm(x, w, b) {alpha=16.0, transB=1} # fc'],
    { ...GEMM, initializer: null, rows: [16, 32, 48, 64, 80, 96] },
  ],
  [
    'Gemm with alpha, and W to be turned',
    [X, DC, B, 'y = Gemm(x, w, b) {alpha=0.5} # fc'],
    { ...TURNED_GEMM, initializer: null, rows: [0.5, 2, 1, 2.5, 1.5, 3] },
  ],
  [
    'Gemm with beta',
    [X, CD, B, 'y = Gemm(x, w, b) {beta=0.5, transB=1} # fc'],
    { ...GEMM, bias: ['b', 3.5, 4, 4.5] },
  ],
  [
    'Gemm with beta = 0, which has no bias',
    [X, CD, B, 'y = Gemm(x, w, b) {beta=0.0, transB=1} # fc'],
    { ...GEMM, bias: null },
  ],
  [
    'Gemm with one bias for all classes',
    [X, CD, 'initializer b float32 [1] = 7', 'y = Gemm(x, w, b) {transB=1} # fc'],
    { ...GEMM, bias: ['b', 7, 7, 7] },
  ],
  [
    'Gemm with a scalar bias',
    [X, CD, 'initializer b float32 [] = 7', 'y = Gemm(x, w, b) {transB=1} # fc'],
    { ...GEMM, bias: ['b', 7, 7, 7] },
  ],
  [
    'Gemm with a bias [1, C]',
    [X, CD, 'initializer b float32 [1, 3] = 7, 8, 9', 'y = Gemm(x, w, b) {transB=1} # fc'],
    GEMM,
  ],
  ['MatMul', [X, DC, 'y = MatMul(x, w) # fc'], MATMUL],
  [
    'MatMul over tokens',
    [TOKENS, DC, 'y = MatMul(x, w) # fc'],
    { ...MATMUL, embedding: 'x float32 [N, T, 2]' },
  ],
  ['MatMul and Add, the bias last', [X, DC, B, 'p = MatMul(x, w) # fc', 'y = Add(p, b)'], ADD],
  ['MatMul and Add, the bias first', [X, DC, B, 'p = MatMul(x, w) # fc', 'y = Add(b, p)'], ADD],
  [
    'MatMul and Add of [1, C]',
    [X, DC, 'initializer b float32 [1, 3] = 7, 8, 9', 'p = MatMul(x, w) # fc', 'y = Add(p, b)'],
    ADD,
  ],
  [
    'MatMul and Add of one number',
    [X, DC, 'initializer b float32 [1] = 7', 'p = MatMul(x, w) # fc', 'y = Add(p, b)'],
    { ...ADD, bias: ['b', 7, 7, 7] },
  ],
  [
    'MatMul and Add over tokens',
    [TOKENS, DC, B, 'p = MatMul(x, w) # fc', 'y = Add(b, p)'],
    { ...ADD, embedding: 'x float32 [N, T, 2]' },
  ],
  [
    'Conv 1x1 on a pooled map',
    [MAP, 'initializer w float32 [3, 2, 1, 1]', B, 'y = Conv(x, w, b) {kernel_shape=[1, 1]} # fc'],
    CONV,
  ],
  [
    'Conv 1x1 that takes its kernel from W, without bias',
    [MAP, 'initializer w float32 [3, 2, 1, 1]', 'y = Conv(x, w) # fc'],
    { ...CONV, bias: null },
  ],
  [
    'Conv1d behind GlobalAveragePool',
    [
      'input s float32 [N, 2, 7]',
      'initializer w float32 [3, 2, 1]',
      B,
      'x = GlobalAveragePool(s)',
      'y = Conv(x, w, b) {group=1, pads=[0, 0], strides=[1]} # fc',
    ],
    { ...CONV, embedding: 'x float32 [N, 2, 1]' },
  ],
  [
    'Conv with a kernel as large as the map, whose channels and places are one row of W',
    [
      'input x float32 [N, 1, 1, 2]',
      'initializer w float32 [3, 1, 1, 2]',
      B,
      'y = Conv(x, w, b) {kernel_shape=[1, 2]} # fc',
    ],
    { ...CONV, form: 'conv-map', embedding: 'x float32 [N, 1, 1, 2]' },
  ],
  ['Einsum, W [C, D]', [X, CD, 'y = Einsum(x, w) {equation="nd,cd->nc"} # fc'], EINSUM],
  [
    'Einsum, W [D, C] first',
    [X, DC, 'y = Einsum(w, x) {equation="dc,nd->nc"} # fc'],
    { ...EINSUM, weight: 'w DC 3 x 2', rows: TURNED },
  ],
  [
    'Einsum over tokens, and Add',
    [TOKENS, CD, B, 'p = Einsum(x, w) {equation="ntd, cd -> ntc"} # fc', 'y = Add(p, b)'],
    { ...EINSUM, form: 'einsum-add', embedding: 'x float32 [N, T, 2]', bias: ['b', 7, 8, 9] },
  ],
  [
    'MatMul over a map, [N, H, W, D]',
    ['input x float32 [N, 4, 4, 2]', DC, 'y = MatMul(x, w) # fc'],
    { ...MATMUL, embedding: 'x float32 [N, 4, 4, 2]' },
  ],
  [
    'a temperature that divides the scores',
    [X, CD, B, 'initializer t float32 [] = 0.5', 's = Gemm(x, w, b) {transB=1} # fc', 'y = Div(s, t)'],
    { ...GEMM, initializer: null, rows: [2, 4, 6, 8, 10, 12], bias: ['b', 14, 16, 18] },
  ],
  [
    'a scale, a bias, and a factor for each class',
    [
      X,
      DC,
      B,
      'initializer t float32 [1] = 2',
      'initializer g float32 [3] = 1, 10, 100',
      'p = MatMul(x, w) # fc',
      'q = Mul(t, p)',
      'r = Add(q, b)',
      'y = Mul(r, g)',
    ],
    { ...ADD, initializer: null, rows: [2, 8, 40, 100, 600, 1200], bias: ['b', 7, 80, 900] },
  ],
  [
    'two biases',
    [X, CD, B, 's = Gemm(x, w, b) {transB=1} # fc', 'y = Sub(s, b)'],
    { ...GEMM, bias: ['b', 0, 0, 0] },
  ],
  [
    'float16 weights',
    [
      'input x float16 [N, 2]',
      'initializer w float16 [2, 2] = 15360, 16384, 16896, 17408',
      'y = Gemm(x, w) {transB=1} # fc',
    ],
    {
      ...GEMM,
      embedding: 'x float16 [N, 2]',
      weight: 'w CD 2 x 2',
      initializer: null,
      rows: [1, 2, 3, 4],
      bias: null,
    },
  ],
  [
    'float64 weights',
    ['input x float64 [N, 2]', 'initializer w float64 [3, 2]', 'y = Gemm(x, w) {transB=1} # fc'],
    { ...GEMM, embedding: 'x float64 [N, 2]', initializer: null, bias: null },
  ],
  ['a layer without a name', [X, CD, B, 'y = Gemm(x, w, b) {transB=1}'], { ...GEMM, layer: 'Gemm #0' }],
];

describe('forms', () => {
  it.each(VARIANTS)('%s', (_, text, found) => {
    expect(told(tailOf(...text, 'output y'))).toEqual(found);
  });

  it('each has a variant here', () => {
    const seen = new Set(VARIANTS.map(([, , { form }]) => form));
    expect(FORMS.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });

  it('start from an operator each, or tell by more which of one is theirs', () => {
    const operators = FORMS.flatMap(({ operator, when }) => (when === undefined ? [operator] : []));
    expect(new Set(operators).size).toBe(operators.length);
    const told = FORMS.flatMap(({ operator, when }) => (when === undefined ? [] : [operator]));
    expect(told.filter((operator) => operators.includes(operator))).toEqual([]);
  });

  it('takes D from W, and a stale declaration for nothing', () => {
    const { embedding } = tailOf('input x float32 [N, 99]', CD, 'y = Gemm(x, w) {transB=1}', 'output y');
    expect(embedding.shape).toEqual(['N', 2]);
  });

  it('takes the rank of an embedding from its scores where it is not told itself', () => {
    const made = ['input s float32 [N]', DC, 'x = mine::Unknown(s)', 'y = MatMul(x, w)'];
    const { embedding } = tailOf(...made, 'output y float32 [N, T, 3]');
    expect(embedding).toMatchObject({ rank: 3, shape: [null, null, 2] });
  });
});
