import { describe, expect, it } from 'vitest';
import { findTails } from '#tail/find.js';
import { refusalOf } from '../helpers/refusal.ts';
import { reasonsOf, viewOf } from '../helpers/written-tail.ts';

const X = 'input x float32 [N, 2]';
const W = 'initializer w float32 [2, 2]';
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a graph that goes round in a circle', () => {
  it('ends in a miss', () => {
    const circle = ['a = Identity(b) # a', 'b = Identity(a) # b', 'output a'];
    expect(reasonsOf(...circle)).toEqual([
      'Identity "a" is 64 nodes away from output "a", without a layer between',
    ]);
  });

  it('ends in a miss for a node that reads itself', () => {
    expect(reasonsOf('y = Softmax(y) # n', 'output y')).toEqual([
      'Softmax "n" is 64 nodes away from output "y", without a layer between',
    ]);
  });

  it('is no weight', async () => {
    const view = viewOf(X, 'v = Add(v, u)', 'u = Neg(v)', 'y = MatMul(x, v)', 'output y');
    expect(await refusalOf(() => findTails(view))).toMatchObject({
      code: 'UNSUPPORTED_MODEL',
      message: 'The constant "v" cannot be computed.',
    });
  });

  it('may lie behind a layer', () => {
    const view = viewOf(X, W, 'y = Gemm(x, w)', 'a = Add(y, b)', 'b = Identity(a)', 'output y');
    expect(findTails(view).tails.map(({ nodes }) => nodes.length)).toEqual([3]);
  });
});

describe('axes that no tensor has', () => {
  const far = [-(2 ** 40), -3, 2, 2 ** 40];
  it.each(far)('%i is no axis of Softmax, ArgMax or Flatten', (axis) => {
    for (const [opset, operator] of [
      ['opset 12', 'Softmax'],
      ['opset 17', 'Softmax'],
      ['opset 17', 'ArgMax'],
      ['opset 17', 'Flatten'],
    ]) {
      expect(
        reasonsOf(`${opset}`, X, W, 's = Gemm(x, w)', `y = ${operator}(s) {axis=${axis}} # n`, 'output y'),
      ).toEqual([expect.stringMatching(/^\w+ "n" (runs|picks|flattens) /)]);
    }
  });
});

/** Graphs of 10,000 nodes and more on which work that is not linear in their size takes minutes. */
const LARGE: readonly (readonly [title: string, lines: readonly string[], tails: number])[] = [
  [
    'a deep backbone with an output at every sum',
    numbers(5000).flatMap((i) => [
      `a${i} = Relu(${i === 0 ? 'x' : `b${i - 1}`})`,
      `b${i} = Add(a${i}, ${i === 0 ? 'x' : `b${i - 1}`})`,
      `output b${i}`,
    ]),
    0,
  ],
  [
    'layers in a row, each an output',
    numbers(10_000).flatMap((i) => [`y${i} = Gemm(${i === 0 ? 'x' : `y${i - 1}`}, w)`, `output y${i}`]),
    1,
  ],
  [
    'layers side by side that all lead to one deep output',
    [
      ...numbers(5000).flatMap((i) => [`y${i} = Gemm(x, w)`, `output y${i}`]),
      `z0 = Sum(${numbers(5000).map((i) => `y${i}`)})`,
      ...numbers(5000).map((i) => `z${i + 1} = Exp(z${i})`),
      'output z5000',
    ],
    0,
  ],
  [
    'one layer with many outputs',
    ['s = Gemm(x, w)', ...numbers(10_000).flatMap((i) => [`p${i} = Softmax(s)`, `output p${i}`])],
    1,
  ],
  [
    'many outputs behind a long way of passes',
    [
      's0 = Gemm(x, w)',
      ...numbers(5000).map((i) => `s${i + 1} = Identity(s${i})`),
      ...numbers(5000).flatMap((i) => [`p${i} = Identity(s5000)`, `output p${i}`]),
    ],
    0,
  ],
];

describe('a large graph', () => {
  it.each(LARGE)('is searched in linear time: %s', (_, lines, count) => {
    const view = viewOf(X, W, ...lines);
    const start = performance.now();
    const { tails } = findTails(view);
    // Some tenths of a second; work that grows with the square of the size takes a minute.
    expect(performance.now() - start).toBeLessThan(5000);
    expect(tails).toHaveLength(count);
  });
});

describe('a word that objects have a method for', () => {
  it.each(['valueOf', 'constructor', '__proto__'])('%s is no operator and no transformation', (word) => {
    const classifier = `{classlabels_ints=[0, 1], coefficients=[1.0, 0.5, -1.0, -0.5], intercepts=[0.5, -0.5], post_transform="${word}"}`;
    const transformed = [
      'opset 1 ai.onnx.ml',
      X,
      `l, p = ai.onnx.ml::LinearClassifier(x) ${classifier} # fc`,
      'output p',
    ];
    expect(reasonsOf(...transformed).join()).toContain(`transforms its scores by ${word};`);
    expect(reasonsOf(X, W, 's = Gemm(x, w)', `y = ${word}(s) # odd`, 'output y').join()).toContain(word);
  });
});
