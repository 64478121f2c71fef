import { describe, expect, it } from 'vitest';
import { FIXTURE_MODELS, fixtureModel } from '../helpers/fixtures.ts';
import { runJson, runMain } from '../helpers/run-main.ts';

describe('inspect', () => {
  it('says what was found and what to do next', async () => {
    const path = fixtureModel('digits-cnn');
    const { code, out, err } = await runMain('inspect', path);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [
      'gemm',
      'classifier.weight',
      '[10, 48]',
      'classifier.bias',
      'probabilities',
      'opset 17',
    ]) {
      expect(out).toContain(part);
    }
    expect(out).toContain(`onnx-margin rewrite ${path} --head arcface`);
  });

  it('says the same to programs', async () => {
    const path = fixtureModel('digits-cnn');
    const { json } = await runJson('inspect', path);
    expect(json).toMatchObject({
      model: {
        path,
        bytes: expect.any(Number),
        irVersion: expect.any(Number),
        opset: 17,
        producer: 'pytorch 2.15.0',
        nodes: expect.any(Number),
      },
      tail: {
        form: 'gemm',
        weight: 'classifier.weight',
        layout: 'CD',
        classes: 10,
        dim: 48,
        bias: 'classifier.bias',
      },
      misses: expect.any(Array),
    });
  });

  it('lists several tails, and how to choose', async () => {
    const { code, out } = await runMain('inspect', fixtureModel('two-heads'));
    expect(code).toBe(0);
    expect(out).toMatch(/digit +10 classes/);
    expect(out).toMatch(/parity +2 classes/);
    expect(out).toContain('--tail');
    expect((await runJson('inspect', fixtureModel('two-heads'))).json).toMatchObject({
      tail: null,
      tails: [{}, {}],
    });
  });

  it('says why there is none, and how to attach one', async () => {
    const { code, out } = await runMain('inspect', fixtureModel('embedder'));
    expect(code).toBe(0);
    expect(out).toContain('BatchNormalization');
    expect(out).toContain('--embedding embedding --classes');
  });

  it.each(FIXTURE_MODELS)('%s in 110 columns', async (name) => {
    const { out } = await runMain('inspect', fixtureModel(name));
    const lines = out.replaceAll(fixtureModel(name), '').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('prints the graph', async () => {
    const { out } = await runMain('inspect', fixtureModel('digits-cnn'), '--graph');
    expect(out).toMatch(/probabilities.*Softmax/);
    expect((await runJson('inspect', fixtureModel('digits-cnn'), '--graph')).json.graph).toBe(out);
  });
});
