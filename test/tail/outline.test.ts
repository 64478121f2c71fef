import { describe, expect, it } from 'vitest';
import { groundOf } from '#tail/ground.js';
import { outlineOf } from '#tail/outline.js';
import { tailOf, viewOf } from '../helpers/written-tail.ts';

const outline = (...text: string[]) => outlineOf(groundOf(viewOf(...text)), tailOf(...text));

const GEMM = [
  'input x float32 [N, 2]',
  'initializer w float32 [3, 2]',
  'initializer b float32 [3]',
  's = Gemm(x, w, b) {transB=1} # fc',
];

describe('a tail as text', () => {
  it('is a line a node, with what is constant and what goes out', () => {
    expect(outline(...GEMM, 'p = Softmax(s) # soft', 'output p')).toEqual([
      'x [N, 2]',
      'Gemm "fc" · w [3, 2] · b [3]  = class scores',
      'Softmax "soft"  → "p"',
    ]);
  });

  it('forks where a value is read twice, and draws what joins once', () => {
    const text = [
      ...GEMM,
      'initializer axis int64 [1] = 1',
      'e = Exp(s) # exp',
      't = ReduceSum(e, axis) # sum',
      'y = Div(e, t) # div',
      'l = ArgMax(s) {axis=1} # max',
      'output y',
      'output l',
    ];
    expect(outline(...text)).toEqual([
      'x [N, 2]',
      'Gemm "fc" · w [3, 2] · b [3]  = class scores',
      '├ Exp "exp"',
      '│ └ ReduceSum "sum" · axis [1]',
      '│   Div "div"  → "y"',
      '└ ArgMax "max"  → "l"',
    ]);
  });

  it('ends somewhere', () => {
    const many = Array.from({ length: 100 }, (_, i) => `d${i} = Identity(s)`);
    const drawn = outline(...GEMM, ...many, 'output s');
    expect(drawn).toHaveLength(66);
    expect(drawn.at(-1)).toBe('… and 37 more');
  });
});
