import { describe, expect, it } from 'vitest';
import { tensorInfo } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import { withInitializers } from '#graph/with-initializers.js';
import { readTensor } from '#model/tensors.js';
import type { LayersOptions } from '#rewrite/layers.js';
import { type StepModelOptions, stepModel } from '#rewrite/step-model.js';
import { trainedLayers } from '#rewrite/trained-layers.js';
import { refusalOf } from '../helpers/refusal.ts';
import { bodyOf, node } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';
import { writtenModel } from '../helpers/written-model.ts';

const HEAD = { head: 'cosface' };

/** Three layers and a classifier; one operator on the way has no gradient. */
const CHAIN = `opset 17
input x float32 [N, 4]
initializer w1 float32 [4, 4]
initializer b1 float32 [4]
initializer w2 float32 [4, 4]
initializer w3 float32 [4, 4]
initializer w float32 [4, 3]
one = Gemm(x, w1, b1) # first
cosines = Cos(one) # odd
two = Gemm(cosines, w2) # second
bent = Tanh(two) # bend
three = MatMul(bent, w3) # third
straight = Relu(three) # last
y = MatMul(straight, w) # classifier
output y float32 [N, 3]`;

const plan = (text: string, from: LayersOptions) => trainedLayers(writtenModel(text), HEAD, from);
const names = (text: string, from: LayersOptions) => plan(text, from).tensors.map(({ name }) => name);

const inputsOf = (text: string, step: StepModelOptions) =>
  stepModel(writtenModel(text), HEAD, step).proto.graph?.input.map(({ name }) => name);

describe('which layers are trained', () => {
  it.each([
    [{}, [], ['straight']],
    [{ trainLast: 1 }, ['w3'], ['bent']],
    [{ trainLast: 2 }, ['w2', 'w3'], ['cosines']],
    [{ trainFrom: 'bend' }, ['w3'], ['two']],
    [{ trainFrom: '#2' }, ['w2', 'w3'], ['cosines']],
  ] as const)('%j', (from, tensors, cut) => {
    const text = 'trainFrom' in from && from.trainFrom === '#2' ? CHAIN.replace(' # second', '') : CHAIN;
    expect(names(text, from)).toEqual(tensors);
    expect(plan(text, from).cut.map(({ value }) => value)).toEqual(cut);
  });

  it('are the inputs of the step, with what is remembered of each', () => {
    expect(inputsOf(CHAIN, { trainLast: 1 })).toEqual([
      'labels',
      'weight',
      'weight_velocity',
      'w3_velocity',
      'lr',
      'w3',
      'bent',
    ]);
  });

  it('read their numbers from the model', () => {
    const [tensor] = plan(CHAIN, { trainLast: 1 }).tensors;
    expect(tensor?.dims).toEqual([4, 4]);
    expect(Array.from(tensor?.read() ?? [])).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  it('leave alone what a frozen layer reads too', async () => {
    const tied = CHAIN.replace('two = Gemm(cosines, w2)', 'two = Gemm(cosines, w3)');
    const alone = await refusalOf(() => plan(tied, { trainLast: 1 }));
    expect(alone.saw).toBe('no float32 initializer there that only trained nodes read');
    expect(names(tied, { trainLast: 2 })).toEqual(['w3']);
  });

  it('take a tensor under a second name for one of its own', () => {
    const shared = CHAIN.replace('initializer w3 float32 [4, 4]\n', '').replace(
      'three =',
      'w3 = Identity(w2)\nthree =',
    );
    expect(names(shared, { trainLast: 1 })).toEqual(['w3']);
    const step = stepModel(writtenModel(shared), HEAD, { trainLast: 1 }).proto.graph;
    expect(step?.node.some(({ output }) => output.includes('w3'))).toBe(false);
    expect(step?.initializer.map(({ name }) => name)).not.toContain('w2');
  });

  it('find weights behind a Transpose, and biases and scales of Add and Mul, but no constants', () => {
    const text = CHAIN.replace(
      'three = MatMul(bent, w3)',
      't = Transpose(w3)\nthree = MatMul(bent, t)',
    ).replace(
      'straight = Relu(three) # last',
      `initializer bias float32 [4]
      initializer scale float32 [1, 4]
      initializer half float32 [1]
      initializer table float32 [4, 4]
      biased = Add(three, bias)
      scaled = Mul(biased, scale)
      halved = Mul(scaled, half)
      straight = Relu(halved)`,
    );
    // `bias` is the name of an input of some heads.
    expect(names(text, { trainLast: 1 })).toEqual(['w3', 'bias_1', 'scale']);
  });

  it('go by other names where the head has theirs', () => {
    const text = CHAIN.replaceAll(/\bw3\b/g, 'weight').replaceAll(/\bbent\b/g, 'loss');
    expect(plan(text, { trainLast: 1 }).tensors).toMatchObject([{ name: 'weight_1', value: 'weight' }]);
    expect(plan(text, { trainLast: 1 }).cut).toMatchObject([{ name: 'loss_1', value: 'loss' }]);
    const inputs = inputsOf(text, { trainLast: 1 });
    expect(inputs).toEqual(expect.arrayContaining(['weight', 'weight_1', 'weight_1_velocity', 'loss_1']));
    expect(new Set(inputs).size).toBe(inputs?.length);
  });
});

describe('what is fed besides', () => {
  const MIXED = `opset 17
input x float32 [N, T, 4]
input mask int64 [N, T]
initializer w1 float32 [4, 4]
initializer w2 float32 [4, 4]
initializer w float32 [4, 3]
initializer flat int64 [2] = -1, 4
one = MatMul(x, w1) # first
turned = Transpose(one) {perm=[1, 0, 2]}
rows = Reshape(turned, flat)
two = MatMul(rows, w2) # second
shape = Shape(turned)
back = Reshape(two, shape)
three = Transpose(back) {perm=[1, 0, 2]}
float = Cast(mask) {to=1}
initializer axes int64 [1] = 2
weights = Unsqueeze(float, axes)
kept = Mul(three, weights)
y = MatMul(kept, w)
output y float32 [N, T, 3]`;

  it('holds a row a sample: layouts in which samples are not first are made again', () => {
    const { cut, tensors } = plan(MIXED, { trainFrom: 'second' });
    expect(tensors.map(({ name }) => name)).toEqual(['w2']);
    expect(cut.map(({ value }) => value)).toEqual(['one', 'weights']);
  });

  it('is no shape: those are of the batch of the step', () => {
    const inputs = inputsOf(MIXED, { trainFrom: 'second' });
    expect(inputs).not.toContain('shape');
    expect(inputs).toEqual(expect.arrayContaining(['one', 'weights', 'w2']));
  });
});

describe('refusals', () => {
  it('name the operator that no gradient passes, and the nearest start behind it', async () => {
    const error = await refusalOf(() => plan(CHAIN, { trainFrom: 'first' }));
    expect(error).toMatchObject({
      code: 'UNSUPPORTED_MODEL',
      message: 'Layers cannot be trained from there on: no gradient passes Cos "odd".',
      saw: 'Cos "odd" is an operator without a gradient here',
    });
    expect(error.tryThis[0]).toBe('--train-from second');
  });

  it.each([
    [CHAIN, { trainLast: 4 }, 'BAD_PARAM', '--train-last 4', '--train-last 3'],
    [
      CHAIN,
      { trainFrom: 'third', trainLast: 1 },
      'BAD_PARAM',
      '--train-from third --train-last 1',
      '--train-from third',
    ],
    [CHAIN, { trainLast: 0 }, 'BAD_PARAM', '--train-last 0', '--train-last 3'],
    [CHAIN, { trainLast: 1.5 }, 'BAD_PARAM', '--train-last 1.5', '--train-last 3'],
    [CHAIN, { trainFrom: 'secnd' }, 'BAD_PARAM', '--train-from secnd', '--train-from second'],
    [CHAIN, { trainFrom: 'classifier' }, 'BAD_PARAM', '--train-from classifier', '--train-from third'],
    [CHAIN, { trainFrom: 'last' }, 'BAD_PARAM', /no float32 initializer/, '--train-from third'],
    [
      CHAIN.replaceAll('float32', 'float64'),
      { trainLast: 1 },
      'UNSUPPORTED_MODEL',
      /float64/,
      'start from the float32 model',
    ],
  ] as const)('%#', async (text, from, code, saw, tryThis) => {
    const error = await refusalOf(() => plan(text, from));
    expect(error.code).toBe(code);
    expect(error.saw).toMatch(saw);
    expect(error.tryThis[0]).toBe(tryThis);
  });

  // What a rule cannot do, in the words of the node.
  it.each([
    ['Dropout(three, , on)', 'drops features at random (training_mode)'],
    ['BatchNormalization(three, b1, b1, b1, b1) {training_mode=1}', 'normalises by its own batch'],
    ['Pow(three, three)', 'exponent'],
    ['LpNormalization(three) {p=1}', 'p = 1'],
    ['Cos(three)', 'without a gradient'],
    ['mine::Relu(three)', 'without a gradient'],
  ])('%s', async (node, words) => {
    const text = CHAIN.replace('Relu(three) # last', `${node} # last`)
      .replace(', , on)', ', -, on)')
      .replace('initializer w1', 'initializer on bool [] = 1\ninitializer w1');
    expect((await refusalOf(() => plan(text, { trainLast: 1 }))).saw).toContain(words);
  });
});

describe('what floats go through unseen is refused, not left out', () => {
  it('bodies that read a trained value from outside', async () => {
    const model = writtenModel(CHAIN.replace('straight = Relu(three) # last', ''));
    const body = bodyOf([node('Relu', 'three', 'inner')], 'inner');
    const odd = node('If', 'on', 'straight', { then_branch: body, else_branch: body }, { name: 'odd' });
    const graph = model.proto.graph;
    if (!graph) throw new Error('no graph');
    const at = graph.node.findIndex(({ name }) => name === 'classifier');
    const whole = modelOf(
      {
        ...graph,
        node: graph.node.toSpliced(at, 0, odd),
        input: [...graph.input, tensorInfo('on', 'bool', [])],
        valueInfo: [tensorInfo('straight', 'float32', ['N', 4])],
      },
      { opsetImport: model.proto.opsetImport },
    );
    const error = await refusalOf(() => trainedLayers(whole, HEAD, { trainLast: 1 }));
    expect(error.saw).toBe('If "odd" is an operator without a gradient here');
  });

  it('integers that stand for floats', async () => {
    const text = CHAIN.replace(
      'straight = Relu(three) # last',
      `initializer size float32 [] = 1
      whole = QuantizeLinear(three, size)
      straight = DequantizeLinear(whole, size)`,
    );
    const error = await refusalOf(() => plan(text, { trainLast: 1 }));
    expect(error.saw).toMatch(/DequantizeLinear #\d+ is an operator without a gradient here/);
  });
});

describe('withInitializers', () => {
  const model = writtenModel(CHAIN);
  const numbers = Float32Array.from({ length: 16 }, (_, i) => -i);

  it('puts numbers into a tensor, and changes nothing else', () => {
    const given = withInitializers(model, { w3: numbers });
    const view = viewGraph(given);
    const tensor = view.initializer('w3');
    expect(tensor && Array.from(readTensor(given, tensor).data, Number)).toEqual(Array.from(numbers));
    const others = (of: typeof model) => of.proto.graph?.initializer.filter(({ name }) => name !== 'w3');
    expect(others(given)).toEqual(others(model));
    expect(given.proto.graph?.node).toEqual(model.proto.graph?.node);
    expect(viewGraph(model).initializer('w3')).not.toBe(tensor);
  });

  it('gives a tensor under a second name its own, and the first keeps what it has', () => {
    const shared = writtenModel(
      CHAIN.replace('initializer w3 float32 [4, 4]\n', '').replace('three =', 'w3 = Identity(w2)\nthree ='),
    );
    const view = viewGraph(withInitializers(shared, { w3: numbers }));
    expect(view.producer('w3')).toBeNull();
    expect(view.initializer('w3')).not.toBeNull();
    expect(view.initializer('w2')).toBe(viewGraph(shared).initializer('w2'));
  });

  it.each([
    [{ nothing: numbers }, /no initializer/],
    [{ w3: numbers.subarray(1) }, /4, 4/],
    [{ two: numbers }, /no initializer/],
  ])('refuses what does not fit: %#', async (values, saw) => {
    const error = await refusalOf(() => withInitializers(model, values));
    expect(error.code).toBe('BAD_DATA');
    expect(error.saw).toMatch(saw);
  });
});
