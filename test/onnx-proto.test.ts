import { readFileSync } from 'node:fs';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { create } from '#model/codec.js';
import { lostFields } from '#model/lost-fields.js';
import { deriveModel } from '#model/model.js';
import { modelFromBytes, readModel } from '#model/read.js';
import { readTensor } from '#model/tensors.js';
import { encodeModel } from '#model/write.js';
import { fromOnnxProto, toOnnxProto } from '#onnx-proto.js';
import { FIXTURE_MODELS, fixtureModel } from './helpers/fixtures.ts';
import { plant } from './helpers/plant.ts';
import { refusalOf } from './helpers/refusal.ts';
import { modelOf, variedModel } from './helpers/tiny-model.ts';

const { onnx } = onnxProto;

describe('fromOnnxProto', () => {
  it('takes what onnx-proto decoded', () => {
    const file = readFileSync(fixtureModel('digits-cnn'));
    const model = fromOnnxProto(onnx.ModelProto.decode(file));
    const original = modelFromBytes(file);
    const tensors = original.proto.graph?.initializer ?? [];
    expect(tensors.length).toBeGreaterThan(0);
    expect(model.proto.graph?.node.map(({ opType }) => opType)).toEqual(
      original.proto.graph?.node.map(({ opType }) => opType),
    );
    for (const [i, tensor] of tensors.entries()) {
      const same = model.proto.graph?.initializer[i];
      expect(same && readTensor(model, same)).toEqual(readTensor(original, tensor));
    }
    expect(model.sha256()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes what was made by hand, and copies it', () => {
    const message = onnx.ModelProto.create({
      irVersion: 8,
      graph: { name: 'mine', node: [{ opType: 'Relu', input: ['x'], output: ['y'] }] },
    });
    const model = fromOnnxProto(message);
    message.graph = null;
    expect(model.proto.graph).toMatchObject({ name: 'mine', node: [{ opType: 'Relu' }] });
  });

  it.each([
    ['a plain object', { graph: {} }],
    ['bytes', new Uint8Array(3)],
  ])('refuses %s', async (_, given) => {
    const refusal = await refusalOf(() => fromOnnxProto(given));
    expect(refusal.code).toBe('BAD_USAGE');
    expect(refusal.tryThis.length).toBeGreaterThan(0);
  });

  it('refuses a message without a graph', async () => {
    expect((await refusalOf(() => fromOnnxProto(onnx.ModelProto.create({ irVersion: 8 })))).code).toBe(
      'UNREADABLE_MODEL',
    );
  });
});

describe('toOnnxProto', () => {
  it('gives a message that is the model', () => {
    const message = toOnnxProto(variedModel(), onnx.ModelProto);
    expect(message).toBeInstanceOf(onnx.ModelProto);
    expect(message.graph?.node?.[0]).toMatchObject({ opType: 'Loop', name: 'loop' });
    const [there, back] = [encodeModel(variedModel()), encodeModel(fromOnnxProto(message))];
    expect(lostFields(there, back)).toEqual([]);
    expect(lostFields(back, there)).toEqual([]);
  });

  it.each(FIXTURE_MODELS)('holds %s whole, or names what it cannot hold', async (name) => {
    const model = await readModel(fixtureModel(name));
    const newer = model.proto.graph?.node.some(
      (node) => 'metadataProps' in node && [node.metadataProps].flat().length > 0,
    );
    if (newer) {
      expect((await refusalOf(() => toOnnxProto(model, onnx.ModelProto))).saw).toMatch(/metadata_props/);
    } else {
      const back = encodeModel(fromOnnxProto(toOnnxProto(model, onnx.ModelProto)));
      expect(lostFields(encodeModel(model), back)).toEqual([]);
    }
  });

  it.each([
    [
      'ModelProto.graph.node[0].overload',
      modelOf({ node: [create('NodeProto', { opType: 'F', overload: 'o' })] }),
    ],
    [
      'ModelProto.functions[0].value_info',
      modelOf(
        {},
        {
          functions: [
            create('FunctionProto', { name: 'f', valueInfo: [create('ValueInfoProto', { name: 'v' })] }),
          ],
        },
      ),
    ],
    [
      'ModelProto.functions[0].attribute_proto',
      modelOf(
        {},
        {
          functions: [
            create('FunctionProto', { name: 'f', attributeProto: [create('AttributeProto', { name: 'a' })] }),
          ],
        },
      ),
    ],
  ])('refuses to drop %s, by name', async (name, model) => {
    const refusal = await refusalOf(() => toOnnxProto(model, onnx.ModelProto));
    expect(refusal.code).toBe('UNSUPPORTED_MODEL');
    expect(refusal.saw).toBe(name);
  });

  it('refuses to drop what neither side knows', async () => {
    const bytes = plant('ModelProto', encodeModel(variedModel()));
    const model = deriveModel(variedModel(), modelFromBytes(bytes).proto);
    const refusal = await refusalOf(() => toOnnxProto(model, onnx.ModelProto));
    expect(refusal.saw).toMatch(/^ModelProto\.field 1000, ModelProto\.field 1001, .* and \d+ more$/);
  });
});
