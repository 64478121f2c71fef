import { describe, expect, it } from 'vitest';
import { extractFrom, withExtraOutputs } from '#graph/extract.js';
import { printGraph } from '#graph/print.js';
import { tensorInfo } from '#graph/value-info.js';
import { create, unknownFields } from '#model/codec.js';
import { modelFromBytes } from '#model/read.js';
import { encodeModel } from '#model/write.js';
import { plant } from '../helpers/plant.ts';
import { bodyOf, node, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const model = modelOf({
  input: [
    tensorInfo('image', 'float32', ['N', 4]),
    tensorInfo('scale', 'float32', [1]),
    tensorInfo('flag', 'bool', []),
  ],
  initializer: [zeros('w', [4, 2]), zeros('early', [4])],
  sparseInitializer: [create('SparseTensorProto', { dims: [2], values: zeros('s', [1]) })],
  node: [
    node('Add', 'image early', 'features'),
    node('MatMul', 'features w', 'scores'),
    node('If', 'flag', 'scaled', { then_branch: bodyOf([node('Mul', 'scores scale', 't')], 't') }),
    node('Add', 'scaled s', 'y'),
    node('Mystery', 'y', 'odd', {}, { domain: 'mine' }),
  ],
  valueInfo: [tensorInfo('scaled', 'float32', ['N', 2]), tensorInfo('features', 'float32', ['N', 4])],
  output: [tensorInfo('y', 'float32', ['N', 2])],
});

describe('withExtraOutputs', () => {
  it('adds outputs behind those there are, declared as the file or its operators have it', () => {
    const { graph } = withExtraOutputs(model, ['features', 'y', 'scores', 'features', 'odd', 'w']).proto;
    expect(graph?.output).toEqual([
      tensorInfo('y', 'float32', ['N', 2]),
      tensorInfo('features', 'float32', ['N', 4]),
      tensorInfo('scores', 'float32', ['N', 2]),
      create('ValueInfoProto', { name: 'odd' }),
      tensorInfo('w', 'float32', [4, 2]),
    ]);
    expect(graph?.node).toBe(model.proto.graph?.node);
  });

  it('keeps fields that are not known', () => {
    const planted = modelFromBytes(plant('ModelProto', encodeModel(model)));
    const { graph } = withExtraOutputs(planted, ['scores']).proto;
    expect([unknownFields(graph ?? {}).length, unknownFields(graph?.output[0] ?? {}).length]).toEqual([4, 4]);
  });
});

describe('extractFrom', () => {
  const features = tensorInfo('features', 'float32', ['N', 4]);

  it('leaves what lies between a value and outputs, captures and sparse weights included', () => {
    expect(printGraph(extractFrom(model, [features], ['y']))).toMatchInlineSnapshot(`
      "ir 8
      opset 17
      producer "a test"
      input scale float32 [1]
      input flag bool []
      input features float32 [N, 4]
      initializer w float32 [4, 2] = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
      initializer s sparse [2]
      scores = MatMul(features, w)
      scaled = If(flag) {then_branch=<graph>}
        graph
          t = Mul(scores, scale)
          output t ?
      y = Add(scaled, s)
      output y float32 [N, 2]
      "
    `);
  });

  it('leaves the declarations of what is still made', () => {
    const names = (outputs: readonly string[]) =>
      extractFrom(model, [features], outputs).proto.graph?.valueInfo.map(({ name }) => name);
    expect([names(['y']), names(['scores'])]).toEqual([['scaled'], []]);
  });

  it('can end at an inner value, and take away inputs that only led to the new one', () => {
    const { graph } = extractFrom(model, [features], ['scores']).proto;
    expect(graph?.input.map(({ name }) => name)).toEqual(['features']);
    expect(graph?.node.map(({ opType }) => opType)).toEqual(['MatMul']);
    expect(graph?.initializer.map(({ name }) => name)).toEqual(['w']);
    expect(graph?.output).toEqual([tensorInfo('scores', 'float32', ['N', 2])]);
  });

  it('keeps a way around the value', () => {
    const { graph } = extractFrom(
      model,
      [tensorInfo('scores', 'float32', ['N', 2])],
      ['y', 'features'],
    ).proto;
    expect(graph?.input.map(({ name }) => name)).toEqual(['image', 'scale', 'flag', 'scores']);
    expect(graph?.node.map(({ output }) => output.join())).toEqual(['features', 'scaled', 'y']);
  });

  it('does not make the value again where its node is needed for another', () => {
    const forked = modelOf({
      input: [tensorInfo('x', 'float32', [4])],
      node: [node('Split', 'x', 'a b'), node('Add', 'a b', 'y')],
      output: [tensorInfo('y', 'float32', [2])],
    });
    const { graph } = extractFrom(forked, [tensorInfo('a', 'float32', [2])], ['y']).proto;
    expect(graph?.node.map(({ output }) => output)).toEqual([['a_1', 'b'], ['y']]);
    expect(graph?.input.map(({ name }) => name)).toEqual(['x', 'a']);
    expect(forked.proto.graph?.node[0]?.output).toEqual(['a', 'b']);
  });
});
