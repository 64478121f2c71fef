import { describe, expect, it } from 'vitest';
import { viewGraph } from '#graph/view.js';
import { create } from '#model/codec.js';
import { findTails } from '#tail/find.js';
import { modelOf } from '../helpers/tiny-model.ts';
import { reasonsOf, viewOf } from '../helpers/written-tail.ts';

const X = 'input x float32 [N, 2]';
const TOKENS = 'input x float32 [N, T, 2]';
const W = 'initializer w float32 [3, 2]';
const D = 'initializer d float32 [2, 3]';
const K = 'initializer k float32 [3, 2, 1, 1]';

type Case = readonly [text: readonly string[], reason: string];

/** Layers that are not as a form has them, with the exact words. */
const LAYERS: readonly Case[] = [
  [
    [X, 'input v float32 [2, 3]', 'y = Gemm(x, v) {transA=1} # n'],
    'Gemm "n" has no constant W: it is computed at run time from "v"',
  ],
  [
    [X, D, 'y = Gemm(x, d) {alpha=0.0} # n'],
    'Gemm "n" has alpha = 0: its scores do not depend on the embedding',
  ],
  [
    [X, 'input v float32 [2, 3]', 'y = Gemm(x, v) # n'],
    'Gemm "n" has no constant W: it is computed at run time from "v"',
  ],
  [
    [X, 'input v float32 [3, 2]', 't = Transpose(v)', 'y = MatMul(x, t) # n'],
    'MatMul "n" has no constant W: it is computed at run time from "v"',
  ],
  [
    [X, 'y = MatMul(x, nowhere) # n'],
    'MatMul "n" has no constant W: it is computed at run time from "nowhere"',
  ],
  [
    [X, 'v = RandomNormal() {shape=[2, 3]} # r', 'y = MatMul(x, v) # n'],
    'MatMul "n" has no constant W: it is made by RandomNormal "r", which cannot be evaluated beforehand',
  ],
  [[X, 'y = MatMul(x) # n'], 'MatMul "n" has no input 1'],
  [[X, 'initializer v float32 [2]', 'y = MatMul(x, v) # n'], 'MatMul "n" has W of shape [2], no matrix'],
  [
    [TOKENS, 'initializer v float32 [2, 2, 3]', 'y = MatMul(x, v) # n'],
    'MatMul "n" has W of shape [2, 2, 3], no matrix',
  ],
  [[X, 'initializer v int64 [2, 3]', 'y = MatMul(x, v) # n'], 'MatMul "n" has W of type int64, no float'],
  [
    [X, 'initializer v float32 [2, 1]', 'y = Gemm(x, v) # n'],
    'Gemm "n" gives one logit; a margin softmax is defined from two classes on',
  ],
  [[X, 'initializer v float32 [3, 0]', 'y = Gemm(x, v) {transB=1} # n'], 'Gemm "n" has an empty W [3, 0]'],
  [['input x float16 [N, 2]', D, 'y = Gemm(x, d) # n'], 'Gemm "n" multiplies float16 by W of type float32'],
  [
    [X, D, 'input b float32 [3]', 'y = Gemm(x, d, b) # n'],
    'Gemm "n" has no constant bias: it is computed at run time from "b"',
  ],
  [
    [X, D, 'initializer b float32 [4, 1]', 'y = Gemm(x, d, b) # n'],
    'Gemm "n" adds a constant of shape [4, 1], which is no bias of 3 classes',
  ],
  [
    [X, D, 'initializer b float32 [4, 3]', 'y = Gemm(x, d, b) # n'],
    'Gemm "n" adds a constant of shape [4, 3], which is no bias of 3 classes',
  ],
  [
    ['input s float32 [N]', D, 'x = mine::Unknown(s)', 'y = MatMul(x, d) # n'],
    'MatMul "n" reads "x", whose rank is not known',
  ],
  [
    ['input x float32 [N, U, H, T, 2]', D, 'y = MatMul(x, d) # n'],
    'MatMul "n" scores an embedding of rank 5; [N, D], [N, T, D] and [N, H, W, D] are understood',
  ],
  [
    [X, D, 'a = Gemm(x, d)', 'b = Gemm(x, d)', 'y = Add(a, b) # n'],
    'Add "n" adds up two layers, of which neither alone gives the scores; a bias must be constant',
  ],
  [
    [X, D, 'a = MatMul(x, d)', 'b = Relu(a)', 'y = Add(a, b) # n'],
    'Add "n" adds up two computed values; a bias must be constant',
  ],
  [
    [X, D, 'initializer b float32 [3]', 'a = MatMul(x, d)', 'r = Relu(a) # r', 'y = Add(r, b) # n'],
    'Relu "r" cuts off the scores of the layer before it: a cosine below zero, which says "not this class", would be lost',
  ],
  [[X, 'initializer b float32 [2]', 'y = Add(x, b) # n'], 'output "y" leads up to "x", which no node makes'],
  [
    [X, D, 'initializer b float32 [1, 1, 3]', 'a = MatMul(x, d)', 'y = Add(a, b) # n'],
    'Add "n" adds a bias of rank 3 to scores of rank 2',
  ],
  [
    ['input x float32 [N, 2, 1, 1]', 'initializer v float32 [3, 2, 3, 3]', 'y = Conv(x, v) # n'],
    'Conv "n" has a 3x3 kernel on a map of 1x1, so it scores places; only a kernel as large as the map is a linear layer',
  ],
  [
    ['input x float32 [N, 2, 1, 1]', K, 'y = Conv(x, k) {group=2} # n'],
    'Conv "n" is a grouped convolution: not every class sees every feature',
  ],
  [['input x float32 [N, 2, 1, 1]', K, 'y = Conv(x, k) {pads=[0, 0, 0, 1]} # n'], 'Conv "n" pads its input'],
  [
    ['input x float32 [N, 2, 7, 7]', K, 'y = Conv(x, k) # n'],
    'Conv "n" scores each place of "x" [N, 2, 7, 7]; only one pooled to 1x1 before it is an embedding',
  ],
  [
    ['input s float32 [N]', K, 'x = mine::Unknown(s)', 'y = Conv(x, k) # n'],
    'Conv "n" reads "x", whose shape is not known',
  ],
];

/** Ends of the way up at which no form starts. */
const ENDS: readonly Case[] = [
  [[X, 'y = Softmax(x) # n'], 'output "y" leads up to "x", which no node makes'],
  [[X, W], 'output "y" leads up to "y", which no node makes'],
  [[X, 'e = Sin(x) # n', 'y = Softmax(e)'], 'Sin "n" is no linear layer'],
  [
    [X, 's = If(x) # n', 'y = Softmax(s)'],
    'If "n" makes the scores in a subgraph, where more than one layer may do so',
  ],
  [
    [X, 'l, p = ai.onnx.ml::LinearClassifier(x) # n', 'y = ai.onnx.ml::Normalizer(p)'],
    'ai.onnx.ml::LinearClassifier "n" has 0 coefficients and 0 intercepts for 0 classes',
  ],
  [
    [X, 'y, p = ai.onnx.ml::TreeEnsembleClassifier(x) # n'],
    'ai.onnx.ml::TreeEnsembleClassifier "n" is an ensemble of trees: it has no embedding and no class weights',
  ],
  [
    [X, 'y, p = ai.onnx.ml::SVMClassifier(x) # n'],
    'ai.onnx.ml::SVMClassifier "n" is a support vector machine: it has no class weights to normalise',
  ],
  [
    [X, 'y = ai.onnx.ml::Scaler(x) # n'],
    'ai.onnx.ml::Scaler "n" is an operator of ai.onnx.ml that gives no scores of a linear layer',
  ],
  [
    [X, 'y = com.microsoft::FusedGemm(x) # n'],
    'com.microsoft::FusedGemm "n" does not say what its activation is',
  ],
  [
    [X, 'y = com.microsoft::QMoE(x) # n'],
    'com.microsoft::QMoE "n" is no operator of the ONNX standard; start from the model before it was optimised',
  ],
];

describe('a miss', () => {
  it.each([...LAYERS, ...ENDS])('%j', (text, reason) => {
    expect(reasonsOf(...text, 'output y')).toEqual([reason]);
  });

  it('says so of a model-local function', () => {
    const call = create('NodeProto', {
      name: 'n',
      opType: 'Net',
      domain: 'mine',
      input: ['x'],
      output: ['y'],
    });
    const net = create('FunctionProto', { name: 'Net', domain: 'mine', input: ['a'], output: ['b'] });
    const output = [create('ValueInfoProto', { name: 'y' })];
    const { misses } = findTails(viewGraph(modelOf({ node: [call], output }, { functions: [net] })));
    expect(misses.map(({ reason }) => reason)).toEqual([
      'mine::Net "n" calls a function of the model, which is written out before a walk',
    ]);
  });

  it('carries the form that fitted furthest, the node and the depth', () => {
    const { misses } = findTails(
      viewOf(
        X,
        'input v float32 [2, 3]',
        'a = MatMul(x, v) # fc',
        'p = Softmax(a)',
        'e = Sin(x)',
        'output e',
        'output p',
        'output x',
      ),
    );
    expect(misses.map(({ form, node, depth }) => ({ form, node, depth }))).toEqual([
      { form: 'matmul', node: 'fc', depth: 2 },
      { form: 'none', node: '#2', depth: 0 },
      { form: 'none', node: null, depth: 0 },
    ]);
  });

  it('is told once, however many outputs it stops', () => {
    const text = [X, 'l, p = ai.onnx.ml::LinearClassifier(x) # n', 'output l', 'output p'];
    expect(reasonsOf(...text)).toHaveLength(1);
  });
});
