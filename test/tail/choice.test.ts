import { describe, expect, it } from 'vitest';
import type { Choice } from '#tail/find.js';
import { findTail } from '#tail/find.js';
import { refusalOf } from '../helpers/refusal.ts';
import { viewOf } from '../helpers/written-tail.ts';

const X = 'input x float32 [N, 2]';
const W = 'initializer w float32 [3, 2]';
const SKETCHES =
  'Gemm(x, W, b) → [Softmax], or MatMul(x, W) → [Add(b)] → [Softmax], or ' +
  'GlobalAveragePool → Conv(x, W [C, D, 1, 1], b) → [Flatten] → [Softmax], or ' +
  'Conv(x [N, K, h, w], W [C, K, h, w], b) → Flatten → [Softmax], or ' +
  'Einsum(x, W) with nd,cd->nc → [Add(b)] → [Softmax]';

/** Two classifiers, one of whose names needs quotes in a shell, and an output that comes from neither. */
const TWO = viewOf(
  X,
  W,
  'initializer d float32 [2, 4]',
  'initializer b float32 [4]',
  'a = Gemm(x, w) {transB=1} # head one;fc',
  'p = Softmax(a)',
  'm = MatMul(x, d) # second',
  'q = Add(m, b) # bias',
  'e = Sin(x) # side',
  'output p',
  'output q',
  'output e',
);
const NONE = viewOf(X, 'y = Sin(x) # only', 'output y');

async function refused(view: typeof TWO, choice: Choice) {
  const { code, exitCode, message, saw, expected, tryThis } = await refusalOf(() => findTail(view, choice));
  return { code, exitCode, message, saw, expected, tryThis };
}

describe('the choice of a tail', () => {
  const CHOICES: readonly (readonly [choice: Choice, node: string])[] = [
    [{ output: 'p' }, 'head one;fc'],
    [{ output: 'q' }, 'second'],
    [{ node: 'head one;fc' }, 'head one;fc'],
    [{ node: 'second' }, 'second'],
    [{ node: 'bias' }, 'second'],
    [{ node: 'second', output: 'q' }, 'second'],
  ];
  it.each(CHOICES)('%j', (choice, node) => {
    expect(findTail(TWO, choice).tail.nodeName).toBe(node);
  });

  it('takes #index for a node without a name of its own', () => {
    const view = viewOf(
      X,
      W,
      'a = Gemm(x, w) {transB=1} # fc',
      'b = Gemm(x, w) {transB=1} # fc',
      'output a',
      'output b',
    );
    expect(findTail(view, { node: '#1' }).tail.output).toBe('b');
  });

  it('is not made by a name that two layers have', async () => {
    const view = viewOf(
      X,
      W,
      'a = Gemm(x, w) {transB=1} # fc',
      'b = Gemm(x, w) {transB=1} # fc',
      'output a',
      'output b',
    );
    expect(await refused(view, { node: 'fc' })).toMatchObject({
      code: 'TAIL_AMBIGUOUS',
      tryThis: ['--output a', '--output b', "--tail '#0'", "--tail '#1'"],
    });
  });

  it('must be made where there are two', async () => {
    expect(await refused(TWO, {})).toEqual({
      code: 'TAIL_AMBIGUOUS',
      exitCode: 4,
      message: '2 layers could be replaced; which one is meant?',
      saw: 'Gemm "head one;fc" with 3 classes for output "p", MatMul "second" with 4 classes for output "q"',
      expected: 'one of them, by an output or by its node',
      tryThis: ['--output p', '--output q', "--tail 'head one;fc'", '--tail second'],
    });
  });
});

const BOTH = 'Gemm "head one;fc", or MatMul "second"';
const INSPECT = 'onnx-margin inspect MODEL';

describe('a choice that cannot be', () => {
  it('names a node that is not there', async () => {
    expect(await refused(TWO, { node: 'secnd' })).toEqual({
      code: 'TAIL_NOT_FOUND',
      exitCode: 4,
      message: 'The model has no node "secnd".',
      saw: '--tail secnd',
      expected: BOTH,
      tryThis: ['--tail second', INSPECT],
    });
  });

  it('names a node like no other', async () => {
    expect((await refused(TWO, { node: 'utterly different' })).tryThis).toEqual([
      "--tail 'head one;fc'",
      '--tail second',
      INSPECT,
    ]);
  });

  it('names a node that is no layer', async () => {
    expect(await refused(TWO, { node: 'side' })).toEqual({
      code: 'TAIL_NOT_FOUND',
      exitCode: 4,
      message: 'Sin "side" is not the last layer of a classifier.',
      saw: 'Sin "side" is no linear layer',
      expected: BOTH,
      tryThis: ["--tail 'head one;fc'", '--tail second', INSPECT],
    });
  });

  it('names an output that is not there', async () => {
    expect(await refused(TWO, { output: 'pp' })).toEqual({
      code: 'TAIL_NOT_FOUND',
      exitCode: 4,
      message: 'The model has no output "pp".',
      saw: '--output pp',
      expected: BOTH,
      tryThis: ['--output p', INSPECT],
    });
  });

  it('names an output like no other', async () => {
    expect((await refused(NONE, { output: 'probabilities' })).tryThis).toEqual(['--output y', INSPECT]);
  });

  it('names an output that comes from no layer', async () => {
    expect(await refused(TWO, { output: 'e' })).toEqual({
      code: 'TAIL_NOT_FOUND',
      exitCode: 4,
      message: 'Output "e" does not come from a classifier.',
      saw: 'Sin "side" is no linear layer',
      expected: BOTH,
      tryThis: ['--output p', '--output q', INSPECT],
    });
  });

  it('names an output and the layer of another', async () => {
    expect(await refused(TWO, { output: 'p', node: 'second' })).toMatchObject({
      code: 'TAIL_NOT_FOUND',
      message: 'MatMul "second" is not the last layer of a classifier.',
    });
  });
});

describe('a model without a classifier', () => {
  it('is told what a classifier looks like, and how to attach a head', async () => {
    expect(await refused(NONE, {})).toEqual({
      code: 'TAIL_NOT_FOUND',
      exitCode: 4,
      message: 'No classifier was found in this model.',
      saw: 'Sin "only" is no linear layer',
      expected: SKETCHES,
      tryThis: ['--embedding y --classes C', INSPECT],
    });
  });

  it('is told the deepest miss', async () => {
    const view = viewOf(
      X,
      W,
      'e = Exp(x)',
      's = Gemm(x, w) {transB=1}',
      'y = Sigmoid(s) # gate',
      'output e',
      'output y',
    );
    expect((await refused(view, {})).saw).toMatch(/^Sigmoid "gate" decides/);
  });

  it('is told to put a new head on the same embedding where something is behind the layer', async () => {
    const view = viewOf(X, W, 's = Gemm(x, w) {transB=1}', 'y = Sigmoid(s)', 'output y');
    expect((await refused(view, {})).tryThis).toEqual(['--embedding x --classes 3', INSPECT]);
  });

  const NO_EMBEDDINGS: readonly (readonly string[])[] = [
    ['e = Exp(x)', 'y = Softmax(e)', 'output y'],
    ['y = If(x)', 'output y float32 [N, 8]'],
    ['y = mine::Unknown(x)', 'output y float32 [N, 8]'],
    ['y = Cast(x) {to=7}', 'output y'],
    ['e = Exp(x)', 'y = ReduceMean(e) {axes=[1], keepdims=1}', 'output y'],
    ['output x'],
  ];
  it.each(NO_EMBEDDINGS.map((text) => [text]))(
    'is told nothing of embeddings where there are none: %j',
    async (text) => {
      expect((await refused(viewOf('opset 17', X, ...text), {})).tryThis).toEqual([INSPECT]);
    },
  );

  it('may be empty', async () => {
    expect(await refused(viewOf(X), {})).toMatchObject({
      saw: 'a graph without outputs',
      tryThis: [INSPECT],
    });
  });

  it('names its own path in the advice, as a shell takes it', async () => {
    const view = { ...NONE, model: { ...NONE.model, path: 'my models/a.onnx' } };
    expect((await refused(view, {})).tryThis.at(-1)).toBe("onnx-margin inspect 'my models/a.onnx'");
  });
});

describe('an old opset', () => {
  it('is refused, with the way to convert it', async () => {
    const view = viewOf('opset 6', X, W, 'y = Gemm(x, w) {transB=1}', 'output y');
    expect(await refused(view, {})).toEqual({
      code: 'UNSUPPORTED_MODEL',
      exitCode: 3,
      message: 'The model is of opset 6, which is too old.',
      saw: 'opset 6',
      expected: 'opset 7 or later',
      tryThis: [
        'convert it in Python: onnx.save(onnx.version_converter.convert_version(onnx.load("old.onnx"), 17), "new.onnx")',
        'export it again with a newer exporter',
      ],
    });
  });

  it('is opset 7 at the latest', () => {
    const view = viewOf('opset 7', X, W, 'y = Gemm(x, w) {transB=1}', 'output y');
    expect(findTail(view, {}).tail.form).toBe('gemm');
  });

  it('is none where no operator of the standard is used', async () => {
    const view = viewOf('opset 1 ai.onnx.ml', X, 'y, p = ai.onnx.ml::LinearClassifier(x)', 'output y');
    expect((await refused(view, {})).code).toBe('TAIL_NOT_FOUND');
  });
});
