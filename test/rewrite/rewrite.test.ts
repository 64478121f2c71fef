import { describe, expect, it } from 'vitest';
import { printGraph } from '#graph/print.js';
import { HEADS } from '#heads/index.js';
import { readModel } from '#model/read.js';
import { encodeModel } from '#model/write.js';
import { provenanceOf } from '#rewrite/provenance.js';
import { type RewriteOptions, rewrite } from '#rewrite/rewrite.js';
import { fixtureModel } from '../helpers/fixtures.ts';

/** Models by their exporters, and what is put into each. The graphs as text are in `goldens/`. */
const CASES: readonly (readonly [model: string, label: string, options: RewriteOptions])[] = [
  ...HEADS.map(({ name }) => ['digits-cnn', name, { head: name }] as const),
  [
    'digits-cnn',
    'all-outputs',
    {
      head: 'cosface',
      inferOutputs: ['embedding', 'cosine', 'logits', 'probabilities'],
      keepOutputName: true,
    },
  ],
  ['digits-cnn', 'int32', { head: 'normface', labelType: 'int32', ignoreIndex: 255 }],
  ['digits-dynamo', 'arcface', { head: 'arcface' }],
  ['digits-keras', 'arcface', { head: 'arcface' }],
  ['digits-sklearn', 'arcface', { head: 'arcface' }],
  ['digits-convhead', 'arcface', { head: 'arcface' }],
  ['token-tagger', 'arcface', { head: 'arcface' }],
  ['two-heads', 'parity', { head: 'cosface', output: 'parity' }],
  ['embedder', 'new-head', { head: 'arcface', embedding: 'embedding', classes: 5, seed: 1 }],
];

describe('rewrite', () => {
  it.each(CASES)('%s with %s gives the graphs that are written down', async (name, label, options) => {
    const model = await readModel(fixtureModel(name));
    const { train, infer } = rewrite(model, options);
    await expect(printGraph(train)).toMatchFileSnapshot(`goldens/${name}.${label}.train.txt`);
    await expect(printGraph(infer)).toMatchFileSnapshot(`goldens/${name}.${label}.infer.txt`);
  });

  it.each(CASES)(
    '%s with %s gives the same bytes twice, and leaves the model as it was',
    async (name, _, options) => {
      const model = await readModel(fixtureModel(name));
      const before = encodeModel(model);
      const [a, b] = [rewrite(model, options), rewrite(model, options)];
      expect(encodeModel(a.train)).toEqual(encodeModel(b.train));
      expect(encodeModel(a.infer)).toEqual(encodeModel(b.infer));
      expect(encodeModel(model)).toEqual(before);
    },
  );

  it('says in the metadata what was done', async () => {
    const model = await readModel(fixtureModel('digits-cnn'));
    const { train } = rewrite(model, { head: 'am-softmax' });
    expect(provenanceOf(train.proto)).toMatchObject({
      source_sha256: model.sha256(),
      head: 'cosface',
      parameters: '{"scale":30,"margin":0.35,"gradient":"exact"}',
      graph: 'train',
    });
  });

  it('keeps outputs that the tail has no part in, and drops those it has', async () => {
    const { infer } = rewrite(await readModel(fixtureModel('two-heads')), {
      head: 'arcface',
      output: 'parity',
    });
    expect(infer.proto.graph?.output.map(({ name }) => name)).toEqual(['cosine', 'digit']);
  });

  it('warns of what a user should know before training', async () => {
    const warnings = async (name: string, options: RewriteOptions) =>
      rewrite(await readModel(fixtureModel(name)), options).warnings.map(({ code }) => code);
    expect(await warnings('digits-cnn', { head: 'arcface' })).toContain('BIAS_DROPPED');
    expect(await warnings('digits-cnn', { head: 'softmax' })).not.toContain('BIAS_DROPPED');
    expect(await warnings('digits-cnn', { head: 'arcface', parameters: { scale: 4 } })).toContain(
      'SCALE_SMALL',
    );
    expect(await warnings('digits-convhead', { head: 'arcface' })).toContain('AFTER_RELU');
  });

  it('refuses a new head without a number of classes', async () => {
    const model = await readModel(fixtureModel('embedder'));
    expect(() => rewrite(model, { head: 'arcface', embedding: 'embedding' })).toThrow(
      expect.objectContaining({ code: 'BAD_USAGE' }),
    );
  });

  it('refuses outputs that are named twice', async () => {
    const model = await readModel(fixtureModel('digits-cnn'));
    expect(() => rewrite(model, { head: 'arcface', inferOutputs: ['cosine', 'cosine'] })).toThrow(
      expect.objectContaining({ code: 'BAD_PARAM' }),
    );
  });
});
