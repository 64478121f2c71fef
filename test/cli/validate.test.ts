import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFields } from '#model/codec.js';
import { deriveModel } from '#model/model.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { runJson, runMain } from '../helpers/run-main.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const digits = fixtureModel('digits-cnn');

/** Graphs of the digits with a margin, that say of themselves to have another. */
async function graphsOf(folder: string, margin: number, said = margin) {
  const model = await readModel(digits);
  const [made, claimed] = [margin, said].map((each) =>
    rewrite(model, { head: 'arcface', parameters: { margin: each } }),
  );
  const paths = { train: join(folder, 'train.onnx'), infer: join(folder, 'infer.onnx') };
  if (made === undefined || claimed === undefined) throw new Error('nothing was made');
  const { metadataProps } = claimed.train.proto;
  await writeModel(paths.train, deriveModel(model, withFields(made.train.proto, { metadataProps })));
  await writeModel(paths.infer, made.infer);
  return paths;
}

describe('validate', () => {
  it('agrees with graphs that are what they say', async () => {
    const { train, infer } = await graphsOf(scratchFolder(), 0.4);
    const { code, out } = await runMain(
      'validate',
      digits,
      '--train',
      train,
      '--infer',
      infer,
      '--provider',
      'cpu',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/logits.*✓/);
    expect(out).toMatch(/cosine.*✓/);
  });

  it('takes one of them alone', async () => {
    const { infer } = await graphsOf(scratchFolder(), 0.4);
    const { code, json } = await runJson('validate', digits, '--infer', infer, '--provider', 'cpu');
    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true, provider: 'cpu' });
  });

  it('finds a margin that is not the one said, and says where', async () => {
    const { train, infer } = await graphsOf(scratchFolder(), 0.4, 0.5);
    const argv = ['validate', digits, '--train', train, '--infer', infer, '--provider', 'cpu'];
    const { code, out, err } = await runMain(...argv);
    expect(code).toBe(1);
    expect(out).toMatch(/logits.*✗/);
    expect(out).toMatch(/cosine.*✓/);
    expect(err).toMatch(/✗ MISMATCH .* out of tolerance/);
    const { code: exit, json } = await runJson(...argv);
    expect(exit).toBe(1);
    expect(json).toMatchObject({ ok: false, error: { code: 'MISMATCH' } });
  });
});
