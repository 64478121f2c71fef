import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type BatchProgress, type RewriteAllOptions, rewriteAll } from '#batch/rewrite-all.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

const HEAD = { head: 'arcface' };

/** A folder with these files in it. */
function folderWith(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const model = (classes: number) => gemmModel({ classes });

const run = (folder: string, options: RewriteAllOptions = {}) => {
  const out = scratchFolder();
  return rewriteAll(folder, HEAD, { out, validate: null, ...options }).then((summary) => ({ out, summary }));
};

describe('many models', () => {
  it('are rewritten as each would be alone, and come in the folders that they were in', async () => {
    const folder = folderWith({ 'a.onnx': model(3), 'deep/a.onnx': model(4), 'deep/b.onnx': model(5) });
    const { out, summary } = await run(folder);
    expect(summary).toMatchObject({ done: 3, disagree: 0, failed: 0, skipped: 0 });
    expect(contentsOf(out)).toEqual([
      'a.infer.onnx',
      'a.train.onnx',
      'deep',
      'deep/a.infer.onnx',
      'deep/a.train.onnx',
      'deep/b.infer.onnx',
      'deep/b.train.onnx',
    ]);
    expect(summary.models.map(({ train }) => train)).toEqual(
      ['a', 'deep/a', 'deep/b'].map((name) => join(out, `${name}.train.onnx`)),
    );
    const alone = scratchFolder();
    const { train } = rewrite(await readModel(join(folder, 'deep/b.onnx')), HEAD);
    await writeModel(join(alone, 'b.onnx'), train);
    expect(readFileSync(join(out, 'deep/b.train.onnx'))).toEqual(readFileSync(join(alone, 'b.onnx')));
  });

  it('are checked, each with its own proof', async () => {
    const folder = scratchFolder();
    for (const name of ['a', 'b']) copyFileSync(fixtureModel('digits-cnn'), join(folder, `${name}.onnx`));
    const { summary } = await run(folder, { validate: { provider: 'cpu', samples: 2 }, concurrency: 2 });
    expect(summary.done).toBe(2);
    for (const { validation } of summary.models)
      expect(validation).toMatchObject({ ok: true, provider: 'cpu' });
  });

  it('end each for itself: what is no classifier fails and leaves nothing, and the others are done', async () => {
    const folder = folderWith({
      'a.onnx': model(3),
      'broken.onnx': model(3).slice(0, 60),
      'one.onnx': model(1),
      'z.onnx': model(4),
    });
    const { out, summary } = await run(folder);
    expect(
      summary.models.map(({ status, error }) => [status, error && 'code' in error && error.code]),
    ).toEqual([
      ['done', null],
      ['failed', 'UNREADABLE_MODEL'],
      ['failed', 'TAIL_NOT_FOUND'],
      ['done', null],
    ]);
    expect(contentsOf(out)).toEqual(['a.infer.onnx', 'a.train.onnx', 'z.infer.onnx', 'z.train.onnx']);
  });

  it('are not taken for models again once they are rewritten', async () => {
    const folder = folderWith({ 'a.onnx': model(3) });
    await run(folder, { out: folder });
    const again = await run(folder, { out: folder, force: true });
    expect(again.summary.models.map(({ path, status }) => [path.slice(folder.length + 1), status])).toEqual([
      ['a.infer.onnx', 'skipped'],
      ['a.onnx', 'done'],
      ['a.train.onnx', 'skipped'],
    ]);
    const unforced = await run(folder, { out: folder });
    expect(unforced.summary.models[1]?.error).toMatchObject({ code: 'OUTPUT_EXISTS' });
  });

  it('are refused before any work where two would be written to one place', async () => {
    const folder = folderWith({ 'a.onnx': model(3), 'a.ONNX': model(3) });
    const out = scratchFolder();
    const refusal = await refusalOf(() => rewriteAll(folder, HEAD, { out, validate: null }));
    expect(refusal).toMatchObject({ code: 'BAD_USAGE' });
    expect(contentsOf(out)).toEqual([]);
  });

  it('share the weights that they shared, whoever comes first', async () => {
    const folder = folderWith({
      'w.bin': new Uint8Array(Float32Array.from({ length: 12 }, Math.sin).buffer),
    });
    for (const name of ['a', 'b', 'c', 'd'])
      writeFileSync(join(folder, `${name}.onnx`), gemmModel({ weightIn: 'w.bin' }));
    const { out, summary } = await run(folder, { concurrency: 4, only: 'train' });
    expect(summary).toMatchObject({ done: 4, failed: 0 });
    expect(contentsOf(out)).toEqual(['a', 'b', 'c', 'd'].map((n) => `${n}.train.onnx`).concat('w.bin'));
    expect(statSync(join(out, 'w.bin')).nlink).toBe(2);
  });
});

describe('progress', () => {
  it('tells each step of each model, and how many have ended', async () => {
    const folder = folderWith({ 'a.onnx': model(3), 'b.onnx': model(1) });
    const told: BatchProgress[] = [];
    await run(folder, { concurrency: 1, onProgress: (progress) => void told.push(progress) });
    expect(
      told.map(({ path, step, ended, total }) => `${ended}/${total} ${path.slice(-6)}: ${step}`),
    ).toEqual([
      `0/2 a.onnx: reading ${join(folder, 'a.onnx')}`,
      '0/2 a.onnx: rewriting',
      '0/2 a.onnx: writing',
      '0/2 a.onnx: putting into place',
      '1/2 a.onnx: done',
      `1/2 b.onnx: reading ${join(folder, 'b.onnx')}`,
      '1/2 b.onnx: rewriting',
      '2/2 b.onnx: failed',
    ]);
  });
});

describe('a signal', () => {
  const three = () => folderWith({ 'a.onnx': model(3), 'b.onnx': model(3), 'c.onnx': model(3) });

  it('given before does nothing', async () => {
    const out = scratchFolder();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(rewriteAll(three(), HEAD, { out, validate: null, signal })).rejects.toThrow('too late');
    expect(contentsOf(out)).toEqual([]);
  });

  it.each(['rewriting', 'writing', 'putting into place'])(
    'given while it is %s leaves what is done, and nothing of the rest',
    async (when) => {
      const [out, controller] = [scratchFolder(), new AbortController()];
      const work = rewriteAll(three(), HEAD, {
        out,
        validate: null,
        concurrency: 1,
        signal: controller.signal,
        onProgress({ path, step }) {
          if (path.endsWith('b.onnx') && step === when) controller.abort(new Error('enough'));
        },
      });
      await expect(work).rejects.toThrow('enough');
      expect(contentsOf(out)).toEqual(['a.infer.onnx', 'a.train.onnx']);
    },
  );

  it('ends the process of ONNX Runtime that checks the numbers', async () => {
    const [out, controller] = [scratchFolder(), new AbortController()];
    const work = rewriteAll(fixtureModel('digits-cnn'), HEAD, {
      out,
      validate: { provider: 'cpu' },
      signal: controller.signal,
      onProgress({ step }) {
        if (step === 'running the original') setImmediate(() => controller.abort(new Error('enough')));
      },
    });
    await expect(work).rejects.toThrow('enough');
    expect(contentsOf(out)).toEqual([]);
  });
});

describe('in a worker', () => {
  it('everything works as it does outside', async () => {
    const folder = folderWith({ 'a.onnx': model(3), 'b.onnx': model(4) });
    const out = scratchFolder();
    const script = `
      import { parentPort } from 'node:worker_threads';
      import { rewriteAll } from ${JSON.stringify(import.meta.resolve('#index.js'))};
      const options = { out: ${JSON.stringify(out)}, validate: { provider: 'cpu', samples: 2 } };
      const { models, ...counts } = await rewriteAll(${JSON.stringify(folder)}, { head: 'cosface' }, options);
      parentPort.postMessage({ ...counts, oks: models.map(({ validation }) => validation.ok) });`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
    const message = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(message).toEqual({ done: 2, disagree: 0, failed: 0, skipped: 0, oks: [true, true] });
    expect(contentsOf(out)).toHaveLength(4);
  });
});
