import { describe, expect, it } from 'vitest';
import { readModel } from '#model/read.js';
import { provenanceOf } from '#rewrite/provenance.js';
import { rewrite } from '#rewrite/rewrite.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';

const model = await readModel(fixtureModel('digits-cnn'));
const ten = new Array<number>(10).fill(1);

describe('options of the loss', () => {
  it.each([
    ['too few weights', { head: 'arcface', classWeights: [1, 2] }, '2 weights', '10'],
    [
      'a negative weight',
      { head: 'arcface', classWeights: [-1, ...ten.slice(1)] },
      '-1',
      'numbers of 0 or more',
    ],
    [
      'a weight that is none',
      { head: 'arcface', classWeights: [Number.NaN, ...ten.slice(1)] },
      'NaN',
      'numbers of 0 or more',
    ],
    ['smoothing all away', { head: 'arcface', labelSmoothing: 1 }, '--label-smoothing 1', '[0, 1)'],
    [
      'smoothing of binary questions',
      { head: 'uniface', labelSmoothing: 0.1 },
      '--label-smoothing 0.1',
      'neither of them with this head',
    ],
    [
      'weights of binary questions',
      { head: 'sphereface2', classWeights: ten },
      'class weights',
      'neither of them with this head',
    ],
  ] as const)('%s is refused', async (_, options, saw, expected) => {
    const refusal = await refusalOf(async () => rewrite(model, options));
    expect(refusal).toMatchObject({ code: 'BAD_PARAM', saw, expected });
  });
});

describe('a preset', () => {
  const parametersOf = (options: Parameters<typeof rewrite>[1]) =>
    JSON.parse(provenanceOf(rewrite(model, options).train.proto)?.parameters ?? '{}') as unknown;

  it('gives what is left out, above what an alias changes', () => {
    expect(parametersOf({ head: 'arcface', preset: 'opensphere' })).toMatchObject({
      pastPi: 'clip',
      clamp: 1e-5,
      gradient: 'straight-through',
    });
    expect(parametersOf({ head: 'am-softmax', preset: 'insightface-torch' })).toMatchObject({ scale: 64 });
  });

  it('lies below what is given', () => {
    const parameters = { margin: 0.3, gradient: 'exact' };
    expect(parametersOf({ head: 'arcface', preset: 'insightface-torch', parameters })).toMatchObject({
      scale: 64,
      margin: 0.3,
      pastPi: 'none',
      gradient: 'exact',
    });
  });

  it.each([
    ['arcface', 'wespeker', '--preset wespeaker'],
    ['combined', 'speechbrain', 'onnx-margin heads combined'],
    ['softmax', 'opensphere', 'onnx-margin heads softmax'],
    ['arcface', '__proto__', 'onnx-margin heads arcface'],
  ])('%s has no %s: %s', async (head, preset, advice) => {
    const { code, tryThis } = await refusalOf(async () => rewrite(model, { head, preset }));
    expect([code, tryThis[0]]).toEqual(['BAD_PARAM', advice]);
  });
});
