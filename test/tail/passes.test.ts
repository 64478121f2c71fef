import { describe, expect, it } from 'vitest';
import { PASSES } from '#tail/passes.js';
import { reasonsOf, tailOf, viewOf } from '../helpers/written-tail.ts';

const W = [
  'initializer w float32 [3, 2]',
  'initializer d float32 [2, 3]',
  'initializer k float32 [3, 2, 1, 1]',
];

/** Layers that give scores of every shape that there is. */
const LAYERS = {
  'N,C': ['input x float32 [N, 2]', ...W, 's = Gemm(x, w) {transB=1} # fc'],
  '1,C': ['input x float32 [1, 2]', ...W, 's = Gemm(x, w) {transB=1} # fc'],
  'N,T,C': ['input x float32 [N, T, 2]', ...W, 's = MatMul(x, d) # fc'],
  '1,T,C': ['input x float32 [1, T, 2]', ...W, 's = MatMul(x, d) # fc'],
  'N,C,1,1': ['input x float32 [N, 2, 1, 1]', ...W, 's = Conv(x, k) # fc'],
} as const;

const OLD = 'opset 12';
const ML = 'opset 1 ai.onnx.ml';
const AXIS = 'initializer a int64 [1] = 1';

type Layer = keyof typeof LAYERS;
type Way = readonly [layer: Layer, text: readonly string[], activation: string];

/** What may lie behind a layer, down to output `y`. */
const WAYS: readonly Way[] = [
  ['N,C', ['y = Identity(s)'], 'none'],
  ['N,C', ['y = Softmax(s)'], 'softmax'],
  ['N,C', ['y = Softmax(s) {axis=1}'], 'softmax'],
  ['N,C', ['y = Softmax(s) {axis=-1}'], 'softmax'],
  ['N,C', [OLD, 'y = Softmax(s)'], 'softmax'],
  ['N,C', [OLD, 'y = Softmax(s) {axis=-1}'], 'softmax'],
  ['1,C', [OLD, 'y = Softmax(s) {axis=0}'], 'softmax'],
  ['N,C', ['y = LogSoftmax(s)'], 'log-softmax'],
  ['N,T,C', ['y = Softmax(s)'], 'softmax'],
  ['N,T,C', [OLD, 'y = Softmax(s) {axis=2}'], 'softmax'],
  ['N,C,1,1', ['y = Softmax(s) {axis=1}'], 'softmax'],
  ['N,C,1,1', [OLD, 'y = Softmax(s)'], 'softmax'],
  ['N,C,1,1', ['f = Flatten(s)', 'y = LogSoftmax(f)'], 'log-softmax'],
  ['N,C,1,1', ['f = Flatten(s) {axis=-3}', 'y = Softmax(f)'], 'softmax'],
  ['N,C,1,1', ['f = Squeeze(s)', 'y = Softmax(f) {axis=1}'], 'softmax'],
  ['N,C,1,1', ['initializer a int64 [2] = 2, 3', 'f = Squeeze(s, a)', 'y = Softmax(f)'], 'softmax'],
  ['N,C,1,1', [OLD, 'f = Squeeze(s) {axes=[3, 2]}', 'y = Softmax(f)'], 'softmax'],
  ['N,C,1,1', ['initializer a int64 [2] = -1, 3', 'f = Reshape(s, a)', 'y = Softmax(f)'], 'softmax'],
  ['N,C,1,1', ['initializer a int64 [2] = 0, -1', 'f = Reshape(s, a)', 'y = Softmax(f)'], 'softmax'],
  ['N,C', ['initializer a int64 [2] = 1, 2', 'f = Unsqueeze(s, a)', 'y = Softmax(f) {axis=3}'], 'softmax'],
  ['N,C', [OLD, 'f = Unsqueeze(s) {axes=[-1]}', 'y = Softmax(f) {axis=1}'], 'softmax'],
  ['N,T,C', ['initializer a int64 [2] = -1, 3', 'y = Reshape(s, a)'], 'none'],
  ['N,C', ['f = Dropout(s)', 'y = Softmax(f)'], 'softmax'],
  ['N,C', ['f = Cast(s) {to=10}', 'g = Softmax(f)', 'y = Cast(g) {to=1}'], 'softmax'],
  ['N,C', ['y = ArgMax(s) {axis=1}'], 'none'],
  ['N,T,C', ['y = ArgMax(s) {axis=-1}'], 'none'],
  ['N,C', ['p = Softmax(s)', 'a = ArgMax(p) {axis=1, keepdims=0}', 'y = Cast(a) {to=6}'], 'softmax'],
  ['N,C', ['initializer k5 int64 [1] = 2', 'v, y = TopK(s, k5)'], 'none'],
  ['N,C', [ML, 'p = Softmax(s)', 'y = ai.onnx.ml::ZipMap(p)'], 'softmax'],
  ['N,C', [ML, 'p = Softmax(s)', 'y = ai.onnx.ml::Normalizer(p) {norm="L1"}'], 'softmax'],
  [
    'N,C',
    [
      ML,
      'initializer names int64 [3]',
      'initializer a int64 [1] = -1',
      'm = ArgMax(s) {axis=1}',
      'l = ai.onnx.ml::ArrayFeatureExtractor(names, m)',
      'r = Reshape(l, a)',
      'y = Cast(r) {to=7}',
    ],
    'none',
  ],
  ['N,C', [ML, 'p = Softmax(s)', 'l = ArgMax(p) {axis=1}', 'y = ai.onnx.ml::LabelEncoder(l)'], 'softmax'],
  ['N,C', ['initializer names int64 [3]', 'l = ArgMax(s) {axis=1}', 'y = Gather(names, l)'], 'none'],
  ['N,C', ['p = Softmax(s)', 'y = ReduceMax(p) {axes=[1]}'], 'softmax'],
  ['N,C', ['p = Softmax(s)', AXIS, 'y = Gather(p, a) {axis=1}'], 'softmax'],
  ['N,C', ['p = Softmax(s)', AXIS, 'y = Slice(p, a, a)'], 'softmax'],
  ['N,C', ['y = Hardmax(s)'], 'none'],
  ['N,C', ['p = Softmax(s)', 'y = LpNormalization(p) {p=1}'], 'softmax'],
  ['N,C', ['t = Transpose(s)', 'p = Softmax(t) {axis=0}', 'y = Transpose(p)'], 'softmax'],
  ['N,T,C', [OLD, 't = Transpose(s) {perm=[0, 1, 2]}', 'y = Softmax(t) {axis=2}'], 'softmax'],
  ['N,C', ['l = LogSoftmax(s)', 'y = Softmax(l)'], 'softmax'],
  ['N,C', ['l = LogSoftmax(s)', 'y = Exp(l)'], 'softmax'],
  ['N,C', ['p = Softmax(s)', 'y = Log(p)'], 'log-softmax'],
  [
    'N,C',
    [
      'm = ReduceMax(s) {axes=[1]}',
      'z = Sub(s, m)',
      'e = Exp(z)',
      'd = ReduceSum(e, a)',
      'y = Div(e, d)',
      AXIS,
    ],
    'softmax',
  ],
  ['N,C', ['l = ReduceLogSumExp(s) {axes=[1]}', 'y = Sub(s, l)'], 'log-softmax'],
  ['N,C', ['e = Exp(s)', 'd = ReduceSum(e, a)', 'l = Log(d)', 'y = Sub(s, l)', AXIS], 'log-softmax'],
  [
    'N,C',
    [
      'initializer scale float32 [] = 0.1',
      'q = QuantizeLinear(s, scale)',
      'f = DequantizeLinear(q, scale)',
      'y = Softmax(f)',
    ],
    'softmax',
  ],
];

/** The lines of a whole model; of opset 17 where the text does not say. */
function whole(layer: Layer, text: readonly string[]): string[] {
  return [...LAYERS[layer], ...(text.includes(OLD) ? [] : ['opset 17']), ...text, 'output y'];
}

describe('what may lie behind a layer', () => {
  it.each(WAYS)('[%s] %j: %s', (layer, text, activation) => {
    const lines = whole(layer, text);
    const tail = tailOf(...lines);
    expect(tail).toMatchObject({ nodeName: 'fc', logits: 's', activation, output: 'y', outputs: ['y'] });
    expect(tail.nodes.map(({ opType }) => opType)).toEqual(
      viewOf(...lines).nodes.map(({ opType }) => opType),
    );
  });
});

const LOST =
  'cuts off the scores of the layer before it: a cosine below zero, which says "not this class", would be lost';
const BENT = 'bends the scores of the layer before it, so they are no class scores but features';
const POOLED = 'pools the scores of the layer before it; cosines before and after pooling differ';
const NORMALISED =
  'normalises what the layer before it gives, so that is an embedding or must be folded into the layer first';

const AROUND =
  'turns the signs of the scores around, as a sigmoid written out does, which decides each of 3 labels alone';
const THRESHOLD = 'compares the scores with a threshold, which means something else with another head';
const PART = 'takes a part of the scores; cosines are given for all of them';
const C3 = 'initializer c float32 [3]';

type Barred = readonly [layer: Layer, text: readonly string[], reason: string];

/** What must not, with the exact words. */
const BARRED: readonly Barred[] = [
  ['N,C', ['y = Relu(s) # n'], `Relu "n" ${LOST}`],
  ['N,C', ['y = Clip(s)'], `Clip #1 ${LOST}`],
  ['N,C', ['r = Relu(s) # n', 'y = LogSoftmax(r)'], `Relu "n" ${LOST}`],
  ...['LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'Tanh'].map(
    (op): Barred => ['N,C', [`y = ${op}(s) # n`], `${op} "n" ${BENT}`],
  ),
  ...['Softplus', 'Softsign', 'HardSigmoid', 'HardSwish'].map(
    (op): Barred => ['N,C', [`y = ${op}(s) # n`], `${op} "n" ${BENT}`],
  ),
  [
    'N,C',
    ['y = Sigmoid(s) # n'],
    'Sigmoid "n" decides each of 3 labels alone; a margin softmax, in which classes compete, is another task',
  ],
  ...['BatchNormalization', 'LayerNormalization', 'InstanceNormalization', 'LpNormalization'].map(
    (op): Barred => ['N,C', [`r = ${op}(s) # n`, 'y = Softmax(r)'], `${op} "n" ${NORMALISED}`],
  ),
  ...[
    'GlobalAveragePool',
    'GlobalMaxPool',
    'AveragePool',
    'MaxPool',
    'ReduceMean',
    'ReduceSum',
    'ReduceMax',
  ].map((op): Barred => ['N,C,1,1', [`y = ${op}(s) # n`], `${op} "n" ${POOLED}`]),
  [
    'N,C',
    ['y = Hardmax(s) {axis=0} # n'],
    'Hardmax "n" picks along axis 0, but the classes lie along axis 1',
  ],
  [
    'N,C',
    ['y = ArgMin(s) {axis=1} # n'],
    'ArgMin "n" picks the class of the smallest score: the scores are costs, and a cosine is none',
  ],
  [
    'N,C',
    ['y = DequantizeLinear(s) # n'],
    'DequantizeLinear "n" takes integers to floats that no QuantizeLinear made',
  ],
  [
    'N,C',
    [C3, 'initializer scale float32 [] = 0.1', 'q = QuantizeLinear(s, scale)', 'y = Sub(q, c) # n'],
    'Sub "n" computes with scores that were quantised to integers',
  ],
  [
    'N,C',
    ['initializer scale float32 [] = 0.1', 'q = QuantizeLinear(s, scale)', 'y = Cast(q) {to=1} # n'],
    'Cast "n" takes quantised scores to another type without their scale',
  ],
  ['N,C', ['y = Neg(s) # n'], `Neg "n" ${AROUND}`],
  [
    'N,C',
    [C3, 'y = Sub(c, s) # n'],
    'Sub "n" takes the scores from a constant, which turns their order around',
  ],
  ['N,C', [C3, 'y = Div(c, s) # n'], 'Div "n" divides a constant by the scores'],
  [
    'N,C',
    ['y = Reciprocal(s) # n'],
    'Reciprocal "n" takes reciprocals, as a sigmoid written out does, which decides each label alone',
  ],
  [
    'N,C',
    ['n = Neg(s) # n', 'e = Exp(n)', 'a = Add(e, c)', 'y = Reciprocal(a)', 'initializer c float32 [] = 1'],
    `Neg "n" ${AROUND}`,
  ],
  [
    'N,C',
    ['y = Exp(s) # n'],
    'Exp "n" gives exponentials of the scores, which are never divided by their sum',
  ],
  ['N,C', ['p = Softmax(s)', 'y = Exp(p) # n'], 'Exp "n" takes exponentials of probabilities'],
  ['N,C', ['y = Log(s) # n'], 'Log "n" takes logarithms of scores that are no probabilities'],
  ['N,C', [C3, 'p = Softmax(s)', 'y = Mul(p, c) # n'], 'Mul "n" multiplies probabilities, not scores'],
  [
    'N,C',
    [C3, 'p = Softmax(s)', 'y = Add(c, p) # n'],
    'Add "n" adds a constant to probabilities, not scores',
  ],
  ['N,C', [C3, 'e = Exp(s)', 'y = Sub(e, c) # n'], 'Sub "n" takes a constant from exponentials, not scores'],
  [
    'N,C',
    ['initializer c float32 [2, 3]', 'y = Mul(s, c) # n'],
    'Mul "n" multiplies by a constant of shape [2, 3], which is no factor of 3 classes',
  ],
  [
    'N,C',
    ['m = Sin(x)', 'y = Mul(s, m) # n'],
    'Mul "n" multiplies two computed values; a temperature must be constant',
  ],
  [
    'N,C',
    ['m = ReduceMin(s) {axes=[1]}', 'y = Sub(s, m) # n'],
    'Sub "n" takes something computed from the scores that is neither their maximum nor their log-sum-exp',
  ],
  [
    'N,C',
    ['e = Exp(s)', 'd = ReduceMax(e) {axes=[1]}', 'y = Div(e, d) # n'],
    'Div "n" divides the scores by something computed that is not the sum of their exponentials',
  ],
  [
    'N,T,C',
    ['e = Exp(s)', 'initializer a int64 [1] = 1', 'f = ReduceSum(e, a)', 'y = Div(e, f) # n'],
    'Div "n" divides the scores by something computed that is not the sum of their exponentials',
  ],
  ['N,C', [C3, 'y = Greater(s, c) # n'], `Greater "n" ${THRESHOLD}`],
  ...['Less', 'LessOrEqual', 'GreaterOrEqual'].map(
    (op): Barred => ['N,C', [C3, 'p = Softmax(s)', `y = ${op}(p, c) # n`], `${op} "n" ${THRESHOLD}`],
  ),
  [
    'N,C',
    [
      'initializer none int64 [] = -1',
      'input t float32 [1]',
      'p = Softmax(s)',
      'm = ReduceMax(p) {axes=[1], keepdims=0}',
      'low = Less(m, t)',
      'l = ArgMax(p) {axis=1, keepdims=0}',
      'y = Where(low, none, l) # n',
    ],
    'Where "n" chooses by a condition, such as a threshold on a probability, which means something else with another head',
  ],
  [
    'N,C',
    ['y = Concat(s, x) {axis=1} # n'],
    'Concat "n" joins the scores with others, so they are not those of one layer',
  ],
  ...['Slice', 'Split', 'GatherElements', 'GatherND'].map(
    (op): Barred => ['N,C', [C3, `y = ${op}(s, c) # n`], `${op} "n" ${PART}`],
  ),
  ['N,C', [C3, 'y = Gather(s, c) {axis=1} # n'], `Gather "n" ${PART}`],
  ['N,C', [ML, 'y = ai.onnx.ml::LabelEncoder(s) # n'], 'ai.onnx.ml::LabelEncoder "n" maps scores to names'],
  [
    'N,C',
    [ML, 'p = Softmax(s)', 'y = ai.onnx.ml::Normalizer(p) {norm="L2"} # n'],
    'ai.onnx.ml::Normalizer "n" brings probabilities to another length than a sum of 1',
  ],
  [
    'N,C',
    ['initializer scale float32 [] = 0.1', 'q = QuantizeLinear(s, scale)', 'y = ArgMax(q) {axis=1} # n'],
    'ArgMax "n" picks a class from scores that were quantised with a range measured for the old ones',
  ],
  ['N,C', ['p = Softmax(s)', 'y = Softmax(p) # n'], 'Softmax "n" is a second softmax'],
  ['N,C', ['y = Softmax(s) {axis=0} # n'], 'Softmax "n" runs over axis 0, but the classes lie along axis 1'],
  [
    'N,C',
    [OLD, 'y = Softmax(s) {axis=0} # n'],
    'Softmax "n" runs over axes 0, 1 together (as below opset 13), not over the classes alone',
  ],
  [
    'N,T,C',
    ['y = Softmax(s) {axis=1} # n'],
    'Softmax "n" runs over axis 1, but the classes lie along axis 2',
  ],
  [
    'N,T,C',
    [OLD, 'y = Softmax(s) # n'],
    'Softmax "n" runs over axes 1, 2 together (as below opset 13), not over the classes alone',
  ],
  ['N,C,1,1', ['y = Softmax(s) # n'], 'Softmax "n" runs over axis 3, but the classes lie along axis 1'],
  ['N,C', ['y = Cast(s) {to=6} # n'], 'Cast "n" turns the scores into int32'],
  ['N,C', ['y = Cast(s) {to=99} # n'], 'Cast "n" turns the scores into an unknown type'],
  ['N,C', ['y = ArgMax(s) # n'], 'ArgMax "n" picks along axis 0, but the classes lie along axis 1'],
  ['N,T,C', ['y = TopK(s) {axis=1} # n'], 'TopK "n" picks along axis 1, but the classes lie along axis 2'],
  [
    'N,C',
    [ML, 'y = ai.onnx.ml::Normalizer(s) {norm="L2"} # n'],
    'ai.onnx.ml::Normalizer "n" normalises scores that are no probabilities',
  ],
  [
    'N,T,C',
    ['y = Flatten(s) # n'],
    'Flatten "n" flattens [N, T, 3] from axis 1: classes and other axes become one',
  ],
  [
    'N,C',
    ['y = Flatten(s) {axis=0} # n'],
    'Flatten "n" flattens [N, 3] from axis 0: classes and other axes become one',
  ],
  [
    'N,C',
    ['y = Flatten(s) {axis=2} # n'],
    'Flatten "n" flattens [N, 3] from axis 2: classes and other axes become one',
  ],
  [
    'N,C',
    ['initializer a int64 [3] = -1, 1, 6', 'y = Reshape(s, a) # n'],
    'Reshape "n" turns [N, 3] into [?, 1, 6]: the 3 classes are no axis of it',
  ],
  ['N,C', ['input a int64 [R]', 'y = Reshape(s, a) # n'], 'Reshape "n" gives a shape that is not known'],
  [
    'N,C',
    ['input a int64 [1]', 'y = Squeeze(s, a) # n'],
    'Squeeze "n" squeezes axes that are computed at run time',
  ],
  [
    'N,C',
    ['initializer a int64 [1] = 1', 'y = Squeeze(s, a) # n'],
    'Squeeze "n" squeezes the axis of the classes',
  ],
  ['N,C', ['input a int64 [1]', 'y = Unsqueeze(s, a) # n'], 'Unsqueeze "n" adds axes that are not known'],
];

describe('what must not', () => {
  it.each(BARRED)('[%s] %j', (layer, text, reason) => {
    expect(reasonsOf(...whole(layer, text))).toEqual([reason]);
  });

  it('every barrier and pass has a case here', () => {
    const cases = [...WAYS, ...BARRED].flatMap(([, text]) => text).join('\n');
    expect([...PASSES.keys()].filter((operator) => !cases.includes(`= ${operator}(`))).toEqual([]);
  });
});
