import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG } from '#cli/config.js';
import { REPORT } from '#cli/report.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { provenanceOf } from '#rewrite/provenance.js';
import { withFixedBatch } from '../helpers/fixed-batch.ts';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { runJson, runMain } from '../helpers/run-main.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

const digits = fixtureModel('digits-cnn');
const FILES = ['digits-cnn.infer.onnx', 'digits-cnn.report.json', 'digits-cnn.train.onnx'];

const rewriteDigits = (folder: string, ...words: readonly string[]) =>
  ['rewrite', digits, '--head', 'arcface', '--provider', 'cpu', '-o', folder, ...words] as const;

const reportIn = (folder: string, model = 'digits-cnn') =>
  REPORT.parse(JSON.parse(readFileSync(join(folder, `${model}.report.json`), 'utf8')));

describe('rewrite', () => {
  it('writes two graphs and a report, and says what it did', async () => {
    const folder = scratchFolder();
    const { code, out, err } = await runMain(...rewriteDigits(folder));
    expect(err).not.toMatch(/✗/);
    expect(code).toBe(0);
    expect(contentsOf(folder)).toEqual(FILES);
    for (const part of [
      'tail',
      'classifier.weight [10, 48]',
      'image, labels → loss, logits',
      'image → cosine',
      '✓',
      'cpu',
      'bias',
    ]) {
      expect(out).toContain(part);
    }
    expect(out).not.toContain('✗');
    expect(
      Math.max(
        ...out
          .replaceAll(folder, '')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(110);
  });

  it('says who is to train, and what, where it was asked for', async () => {
    const folder = scratchFolder();
    const { code, out } = await runMain(...rewriteDigits(folder, '--target', 'pytorch', '--no-validate'));
    expect(code).toBe(0);
    expect(out).toMatch(/for +onnx2torch 1\.5\.15, which trains classifier\.weight/);
    expect(reportIn(folder)).toMatchObject({
      trained: ['classifier.weight'],
      options: { target: 'pytorch' },
    });
    const other = await runJson(...rewriteDigits(scratchFolder(), '--no-validate'));
    expect(other.json).toMatchObject({ trained: ['classifier.weight'] });
  });

  it('says the same to programs, with where it wrote', async () => {
    const folder = scratchFolder();
    const { code, json } = await runJson(...rewriteDigits(folder));
    expect(code).toBe(0);
    expect(json).toMatchObject({
      train: join(folder, 'digits-cnn.train.onnx'),
      infer: join(folder, 'digits-cnn.infer.onnx'),
      report: join(folder, 'digits-cnn.report.json'),
      changes: expect.arrayContaining([{ graph: 'train', kind: 'added', what: 'input', name: 'labels' }]),
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'BIAS_DROPPED' })]),
      validation: { ok: true, provider: 'cpu', proof: { provider: 'cpu' }, checks: expect.any(Array) },
    });
    expect(json.validation.checks.length).toBeGreaterThan(3);
    expect(json.error).toBeUndefined();
  });

  it('reports what was asked for, found, changed and measured', async () => {
    const folder = scratchFolder();
    await runMain(...rewriteDigits(folder, '--margin', '0.3'));
    expect(reportIn(folder)).toMatchObject({
      source: { path: 'digits-cnn.onnx', bytes: readFileSync(digits).length },
      options: { head: 'arcface', margin: 0.3 },
      tail: { form: 'gemm', weight: 'classifier.weight', classes: 10, dim: 48 },
      validation: { ok: true },
      environment: { node: process.version },
    });
  });

  it.each([
    ['train', ['digits-cnn.report.json', 'digits-cnn.train.onnx']],
    ['infer', ['digits-cnn.infer.onnx', 'digits-cnn.report.json']],
  ])('--only %s', async (only, files) => {
    const folder = scratchFolder();
    const { json } = await runJson(...rewriteDigits(folder, '--only', only));
    expect(contentsOf(folder)).toEqual(files);
    expect(json[only === 'train' ? 'infer' : 'train']).toBeNull();
    expect(new Set(json.validation.checks.map(({ graph }: { graph: string }) => graph))).toEqual(
      new Set([only]),
    );
  });

  it('--step writes the graph of a training step, and checks it', async () => {
    const folder = scratchFolder();
    const words = ['--step', '--optimiser', 'adamw', '--weight-decay', '0.01', '--step-from', 'inputs'];
    const { code, json } = await runJson(...rewriteDigits(folder, ...words));
    expect(code).toBe(0);
    expect(json.step).toBe(join(folder, 'digits-cnn.step.onnx'));
    const { proto } = await readModel(json.step);
    expect(proto.graph?.input.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['image', 'weight_mean']),
    );
    expect(provenanceOf(proto)).toMatchObject({ graph: 'step', head: 'arcface' });
    expect(json.validation.checks.map(({ name }: { name: string }) => name)).toContain('step weight_next');
    const again = ['validate', digits, '--step', json.step, '--provider', 'cpu'] as const;
    expect((await runJson(...again)).json).toMatchObject({ ok: true });
  });

  it('--train-last lets the step train layers before the head, too', async () => {
    const folder = scratchFolder();
    const words = ['--step', '--train-last', '1', '--clip-norm', '1'];
    const { code, json } = await runJson(...rewriteDigits(folder, ...words));
    expect(code).toBe(0);
    const { proto } = await readModel(json.step);
    expect(proto.graph?.output.map(({ name }) => name)).toContain('backbone.embed.weight_next');
    expect(json.validation.checks.map(({ name }: { name: string }) => name)).toContain('step loss');
  });

  it.each([
    [[], /^step .* embedding, labels, … → loss, weight_next, …$/m],
    [['--step-from', 'inputs'], /^step .* image, labels, … → loss, weight_next, …$/m],
    [['--train-last', '1'], /^step .* \S*Flatten_output_0, labels, … → loss, weight_next, …$/m],
  ])('--step %j says what a step is fed with', async (words, line) => {
    const { out } = await runMain(...rewriteDigits(scratchFolder(), '--step', '--no-validate', ...words));
    expect(out).toMatch(line);
  });

  it('--open-batch opens the batch of both graphs, and checks that', async () => {
    const [source, folder] = [join(scratchFolder(), 'fixed.onnx'), scratchFolder()];
    await writeModel(source, withFixedBatch(await readModel(digits), 1, 192));
    const words = ['rewrite', source, '--head', 'arcface', '--open-batch', '--provider', 'cpu', '-o', folder];
    const { code, json } = await runJson(...words);
    expect(code).toBe(0);
    expect(json.validation.checks[0]).toMatchObject({ name: 'open batch embedding', ok: true });
    expect((await runJson('inspect', json.train)).json.model.batch).toBeNull();
    expect((await runJson('inspect', source)).json.model.batch).toBe(1);
    expect(reportIn(folder, 'fixed').options).toMatchObject({ openBatch: true });
  });

  it('--train-from refuses a node that is not there, and leaves no file', async () => {
    const folder = scratchFolder();
    const { code, json } = await runJson(
      ...rewriteDigits(folder, '--step', '--train-from', '/backbone/embed/Gem'),
    );
    expect(code).toBe(2);
    expect(json.error.tryThis[0]).toBe('--train-from /backbone/embed/Gemm');
    expect(contentsOf(folder)).toEqual([]);
  });

  it('--no-validate measures nothing and says so', async () => {
    const folder = scratchFolder();
    const { code, json } = await runJson(...rewriteDigits(folder, '--no-validate'));
    expect(code).toBe(0);
    expect(json.validation).toBeNull();
    expect(reportIn(folder).validation).toBeNull();
  });

  it('makes folders, and overwrites with --force alone', async () => {
    const folder = join(scratchFolder(), 'a/b');
    expect((await runMain(...rewriteDigits(folder, '--no-validate'))).code).toBe(0);
    const before = readFileSync(join(folder, FILES[0] ?? ''));
    expect((await runMain(...rewriteDigits(folder, '--no-validate', '--head', 'cosface'))).code).toBe(5);
    expect(readFileSync(join(folder, FILES[0] ?? ''))).toEqual(before);
    expect(
      (await runMain(...rewriteDigits(folder, '--no-validate', '--head', 'cosface', '--force'))).code,
    ).toBe(0);
    expect(contentsOf(folder)).toEqual(FILES);
    expect(reportIn(folder).options).toMatchObject({ head: 'cosface' });
  });

  it('with data and labels it tells how good the classifier was and is', async () => {
    const data = [
      '--data',
      fixture('data/digits-test-images.npy'),
      '--labels',
      fixture('data/digits-test-labels.npy'),
    ];
    const folder = scratchFolder();
    const { code, json } = await runJson(...rewriteDigits(folder, ...data));
    expect(code).toBe(0);
    expect(json.validation.data).toMatchObject({ samples: 500, top1: { original: 0.996 } });
    expect(json.validation.data.top1.cosine).toBeGreaterThan(0.9);
    const { out } = await runMain(...rewriteDigits(folder, ...data, '--force'));
    expect(out).toMatch(/500 samples · top-1 99\.6 % before/);
  });

  it('makes the loss otherwise, with weights from a file and the values of a library', async () => {
    const folder = scratchFolder();
    const weights = join(folder, 'weights.npy');
    writeFileSync(
      weights,
      npyBytes(
        Float32Array.from({ length: 10 }, (_, j) => j / 2),
        [10],
      ),
    );
    const words = ['--class-weights', weights, '--reduction', 'none', '--label-smoothing', '0.1'];
    const out = join(folder, 'out');
    const { code, json } = await runJson(...rewriteDigits(out, ...words, '--preset', 'opensphere'));
    expect(code).toBe(0);
    expect(json.validation.ok).toBe(true);
    expect(reportIn(out).options).toMatchObject({
      classWeights: weights,
      reduction: 'none',
      labelSmoothing: 0.1,
      preset: 'opensphere',
    });
    // The graph says of itself all that it takes to check it again.
    const graph = join(out, 'digits-cnn.train.onnx');
    const again = await runJson('validate', digits, '--train', graph, '--provider', 'cpu');
    expect(again.json).toMatchObject({ ok: true });
    expect(provenanceOf((await readModel(graph)).proto)).toMatchObject({
      parameters: expect.stringContaining('"clamp":0.00001'),
      options: expect.stringContaining('"classWeights":[0,0.5,1,'),
    });
  });

  it('attaches a head to a model without a classifier', async () => {
    const folder = scratchFolder();
    const argv = [
      'rewrite',
      fixtureModel('embedder'),
      '--head',
      'arcface',
      '--embedding',
      'embedding',
      '--classes',
      '20',
      '--provider',
      'cpu',
      '-o',
      folder,
    ];
    const { code, out } = await runMain(...argv);
    expect(code).toBe(0);
    expect(out).toContain('a new head of [20, 48] on embedding');
  });
});

describe('a config file', () => {
  const write = (folder: string, config: object) => {
    const path = join(folder, 'c.json');
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  it('holds the options, and flags come before it', async () => {
    const folder = scratchFolder();
    const out = join(folder, 'out');
    const config = write(folder, {
      $schema: './config.schema.json',
      head: 'cosface',
      margin: 0.1,
      scale: 20,
      noValidate: true,
      out,
    });
    const { code } = await runMain('rewrite', digits, '--config', config, '--margin', '0.2');
    expect(code).toBe(0);
    expect(reportIn(out).options).toEqual({ head: 'cosface', margin: 0.2, scale: 20, noValidate: true, out });
  });

  it('made of the options in a report does the same again', async () => {
    const [first, second] = [scratchFolder(), scratchFolder()];
    await runMain(
      ...rewriteDigits(
        first,
        '--no-validate',
        '--infer-outputs',
        'embedding,cosine',
        '--keep-output-name',
        '--easy-margin',
      ),
    );
    const config = write(scratchFolder(), CONFIG.parse({ ...reportIn(first).options, out: second }));
    expect((await runMain('rewrite', digits, '--config', config)).code).toBe(0);
    for (const name of FILES.filter((name) => name.endsWith('.onnx'))) {
      expect(readFileSync(join(second, name))).toEqual(readFileSync(join(first, name)));
    }
  });
});

describe('where weights go', () => {
  const split = ['--external-data', 'split', '--external-threshold', '4096'];

  it('split: into files that both graphs share, and the numbers agree there', async () => {
    const folder = scratchFolder();
    const { code, json } = await runJson(...rewriteDigits(folder, ...split));
    expect(code).toBe(0);
    expect(json.weights).toMatchObject([
      { path: join(folder, 'digits-cnn.shared.data'), how: 'written', models: [json.train, json.infer] },
    ]);
    expect(contentsOf(folder)).toEqual([...FILES, 'digits-cnn.shared.data'].sort());
    expect(reportIn(folder).weights).toEqual([
      { path: 'digits-cnn.shared.data', bytes: json.weights[0].bytes },
    ]);
    expect(statSync(json.train).size).toBeLessThan(statSync(digits).size / 2);
  });

  it('keep: where they were, under a second name in another folder; inline: in the graphs', async () => {
    const [first, second, third] = [scratchFolder(), scratchFolder(), scratchFolder()];
    const outside = join(first, 'original.onnx');
    const original = await readModel(digits);
    await writeModel(outside, original, { externalData: 'split' });
    const rewriteOutside = (folder: string, ...words: readonly string[]) =>
      runJson('rewrite', outside, '--head', 'arcface', '--provider', 'cpu', '-o', folder, ...words);
    const kept = await rewriteOutside(second);
    expect(kept.code).toBe(0);
    expect(kept.json.weights).toMatchObject([{ how: 'linked', models: [kept.json.train, kept.json.infer] }]);
    expect(statSync(join(second, 'original.data')).ino).toBe(statSync(join(first, 'original.data')).ino);
    const inside = await rewriteOutside(third, '--external-data', 'inline', '--no-validate');
    expect(inside.json.weights).toEqual([]);
    const plain = await runJson(...rewriteDigits(scratchFolder(), '--no-validate'));
    expect(statSync(inside.json.infer).size).toBeCloseTo(statSync(plain.json.infer).size, -3);
  });

  it('says where they are', async () => {
    const folder = scratchFolder();
    const { out } = await runMain(...rewriteDigits(folder, ...split, '--no-validate'));
    expect(out).toMatch(/weights +\S+digits-cnn\.shared\.data +\d+ kB +written +shared/);
  });
});
