import { describe, expect, it } from 'vitest';
import { findTails } from '#tail/find.js';
import { reasonsOf, tailOf, viewOf } from '../helpers/written-tail.ts';

const X = 'input x float32 [N, 2]';
const W = 'initializer w float32 [3, 2]';
const D = 'initializer d float32 [2, 3]';
const B = 'initializer b float32 [3]';
const FC = 's = Gemm(x, w) {transB=1} # fc';

describe('several outputs of one layer', () => {
  it('are one tail: label, probabilities and logits', () => {
    const text = ['l = ArgMax(s) {axis=1}', 'p = Softmax(s)', 'output l', 'output p', 'output s'];
    const tail = tailOf(X, W, FC, ...text);
    expect(tail).toMatchObject({
      nodeName: 'fc',
      output: 'p',
      outputs: ['l', 'p', 's'],
      activation: 'softmax',
    });
    expect(tail.nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'ArgMax', 'Softmax']);
  });

  it('are told by the first of them where all are labels', () => {
    const text = ['p = Softmax(s)', 'l = ArgMax(p) {axis=1}', 'v, i = TopK(p)', 'output l', 'output i'];
    expect(tailOf(X, W, FC, ...text)).toMatchObject({ output: 'l', outputs: ['l', 'i'] });
  });

  it('leave alone what does not depend on the layer', () => {
    const text = ['e = Relu(x)', 's = Gemm(e, w) {transB=1} # fc', 'output e', 'output s'];
    expect(tailOf(X, W, ...text)).toMatchObject({ nodeName: 'fc', outputs: ['s'] });
  });

  it('are one tail with its bias where the bare product is an output too', () => {
    const text = ['p = MatMul(x, d) # fc', 'y = Add(p, b)', 'output p', 'output y'];
    const tail = tailOf(X, D, B, ...text);
    expect(tail).toMatchObject({ form: 'matmul-add', logits: 'y', outputs: ['p', 'y'] });
    expect([...(tail.bias?.rows() ?? [])]).toEqual([1, 2, 3]);
  });

  it('may have helpers that read shapes only', () => {
    const text = ['n = Shape(s)', 'f = Reshape(s, n)', 'y = Softmax(f)', 'output y'];
    const tail = tailOf('input x float32 [4, 2]', W, FC, ...text);
    expect(tail.nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'Shape', 'Reshape', 'Softmax']);
  });

  it('count once where a model lists an output twice', () => {
    expect(tailOf(X, W, FC, 'output s', 'output s').outputs).toEqual(['s']);
  });
});

describe('a layer that leads to an output that is not understood', () => {
  it.each([
    ['output p', 'output q'],
    ['output q', 'output p'],
  ])('is no tail, though another output would do: %s, %s', (...outputs) => {
    const text = ['p = Softmax(s)', 'q = Sigmoid(s) # gate'];
    const gate =
      'Sigmoid "gate" decides each of 3 labels alone; a margin softmax, in which classes compete, is another task';
    expect(reasonsOf(X, W, FC, ...text, ...outputs).sort()).toEqual([
      `Gemm "fc" leads to output "q" too, which would be lost: ${gate}`,
      gate,
    ]);
  });

  it('is no tail where the way there is hidden from walks', () => {
    const text = ['p = Softmax(s)', 'e = Exp(s)', 'q = Loop(x, e) # mix', 'output p', 'output q'];
    expect(reasonsOf(X, W, FC, ...text)).toEqual([
      'Gemm "fc" leads to output "q" too, which would be lost: Loop "mix" makes the scores in a subgraph, where more than one layer may do so',
      'Loop "mix" makes the scores in a subgraph, where more than one layer may do so',
    ]);
  });

  it('is no tail where a later layer classifies: it makes the embedding', () => {
    const square = 'initializer v float32 [2, 2]';
    const view = viewOf(
      X,
      W,
      square,
      'e = Gemm(x, v) # embed',
      's = Gemm(e, w) {transB=1} # fc',
      'output e',
      'output s',
    );
    const { tails, misses } = findTails(view);
    expect(tails.map(({ nodeName }) => nodeName)).toEqual(['fc']);
    expect(misses.map(({ reason }) => reason)).toEqual([
      'Gemm "embed" feeds Gemm "fc", which gives output "s", so it is not the last layer',
    ]);
  });
});

describe('two tails', () => {
  const TWO = [
    X,
    W,
    D,
    B,
    'a = Gemm(x, w) {transB=1} # first',
    'p = Softmax(a)',
    'm = MatMul(x, d) # second',
    'q = Add(m, b)',
    'output p',
    'output q',
  ];

  it('are found in the order of the outputs', () => {
    const { tails, misses } = findTails(viewOf(...TWO));
    expect(tails.map(({ form, nodeName, outputs }) => [form, nodeName, ...outputs])).toEqual([
      ['gemm', 'first', 'p'],
      ['matmul-add', 'second', 'q'],
    ]);
    expect(misses).toEqual([]);
  });

  it('that share W have it cloned', () => {
    const { tails } = findTails(
      viewOf(
        X,
        W,
        'a = Gemm(x, w) {transB=1} # first',
        'e = Relu(x)',
        'c = Gemm(e, w) {transB=1}',
        'output a',
        'output c',
      ),
    );
    expect(tails.map(({ weight }) => weight.initializer)).toEqual([null, null]);
  });
});
