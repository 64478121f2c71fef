import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { REPORT } from '#cli/report.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { runJson, runMain } from '../helpers/run-main.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { DIGITS, digitsWords, floatsIn } from '../helpers/training.ts';

const bin = fileURLToPath(new URL('../../bin/onnx-margin.js', import.meta.url));
const model = fixtureModel('digits-cnn');

describe('train', () => {
  it('writes both graphs, the report and its page, and no checkpoint is left', async () => {
    const folder = scratchFolder();
    const { code, out, err } = await runMain(...digitsWords(folder, '--epochs', '3', '--html'));
    expect(code, err).toBe(0);
    expect(contentsOf(folder)).toEqual([
      'digits-cnn.infer.onnx',
      'digits-cnn.report.html',
      'digits-cnn.report.json',
      'digits-cnn.train.onnx',
    ]);
    expect(out).toMatch(/equal error rate +\d\.\d\d % +\d\.\d\d %/);
    expect(out).toMatch(/Embeddings against each other have an equal error rate/);
    const report = REPORT.parse(JSON.parse(readFileSync(join(folder, 'digits-cnn.report.json'), 'utf8')));
    expect(report.training?.history).toHaveLength(3);
    expect(report.options).toMatchObject({ head: 'arcface', epochs: 3 });
    const page = readFileSync(join(folder, 'digits-cnn.report.html'), 'utf8');
    expect(page).toContain('<section id="training">');
    expect(page).toContain('aria-label="Loss over epochs"');
    expect(page).toContain('An embedding against a class: true accepts over false accepts');
    expect(page).not.toContain('before training');
  });

  it('gives graphs that validate takes, together, alone, and not beside untrained ones', async () => {
    const folder = scratchFolder();
    const [train, infer] = [join(folder, 'digits-cnn.train.onnx'), join(folder, 'digits-cnn.infer.onnx')];
    await runMain(
      ...digitsWords(folder, '--epochs', '2', '--no-validate', '--infer-outputs', 'cosine,logits'),
    );
    const validated = (...graphs: readonly string[]) =>
      runJson('validate', model, ...graphs, '--provider', 'cpu', '--samples', '8');
    for (const graphs of [
      ['--train', train, '--infer', infer],
      ['--train', train],
      ['--infer', infer],
    ]) {
      expect((await validated(...graphs)).json).toMatchObject({ ok: true });
    }
    const plain = scratchFolder();
    await runMain('rewrite', model, '--head', 'arcface', '--no-validate', '-o', plain);
    const mixed = await validated('--train', train, '--infer', join(plain, 'digits-cnn.infer.onnx'));
    expect(mixed).toMatchObject({ code: 2, json: { error: { code: 'BAD_USAGE' } } });
  });

  it('takes its options from a config file, and says all in JSON', async () => {
    const folder = scratchFolder();
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify({ head: 'cosface', margin: 0.2, epochs: 2, lr: 0.02, seed: 3 }));
    const { code, json } = await runJson(
      ...['train', model, '--data', DIGITS.data, '--labels', DIGITS.labels, '--provider', 'cpu'],
      ...['--config', config, '-o', join(folder, 'out')],
    );
    expect(code).toBe(0);
    expect(json.training.regime).toMatchObject({ epochs: 2, lr: 0.02, seed: 3, optimiser: 'adamw' });
    expect(json.training.after.verification.impostors).toBe(891);
    expect(json.validation.ok).toBe(true);
  });

  it.each([
    ['no head', ['train', model, '--data', 'x', '--labels', 'y'], /--head/],
    ['no data', ['train', model, '--head', 'arcface', '--labels', 'y'], /no --data/],
    ['no labels', ['train', model, '--head', 'arcface', '--data', 'x'], /no --labels/],
  ])('refuses %s', async (_, argv, tells) => {
    const { code, err } = await runMain(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(tells);
  });

  it('does not write over a training that was not finished, unless it is told to', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'digits-cnn.training'));
    const refused = await runJson(...digitsWords(folder, '--epochs', '1'));
    expect(refused).toMatchObject({ code: 5, json: { error: { code: 'OUTPUT_EXISTS' } } });
    expect(refused.json.error.tryThis.join()).toMatch(/--resume/);
    expect((await runMain(...digitsWords(folder, '--epochs', '1', '--force'))).code).toBe(0);
    expect(existsSync(join(folder, 'digits-cnn.training'))).toBe(false);
  });
});

/** Trains in a process of its own until there is a checkpoint, and sends it a signal then. */
async function stopped(folder: string, argv: readonly string[], signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [bin, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const checkpoints = join(folder, 'digits-cnn.training');
  while (!existsSync(checkpoints)) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
  return { code: await ended, said };
}

describe('train, in a process of its own', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s saves, and --resume goes on with the same', async (signal) => {
    const folder = scratchFolder();
    const argv = digitsWords(folder, '--epochs', '2000', '--checkpoint-every', '0');
    const { code, said } = await stopped(folder, argv, signal);
    expect(code).toBe(130);
    expect(said).toMatch(/INTERRUPTED/);
    expect(said).toMatch(/--resume goes on/);
    expect(contentsOf(folder).filter((name) => name.endsWith('.onnx'))).toEqual([]);
    const [weight = ''] = contentsOf(folder).filter((name) => name.endsWith('weight.npy'));
    expect(floatsIn(join(folder, weight))).toHaveLength(480);
    // Another number of epochs is another training: its learning rate falls otherwise.
    const other = await runJson(...digitsWords(folder, '--epochs', '3', '--resume'));
    expect(other.json.error).toMatchObject({ code: 'BAD_USAGE', saw: 'epochs: 2000' });
  });

  it('a full disk ends it, and the last good checkpoint is kept', async () => {
    const folder = scratchFolder();
    // Class rows of 384 kB: more than all else that is written on the way.
    const many = [
      '--classes',
      '2000',
      '--allow-empty-classes',
      '--epochs',
      '2000',
      '--checkpoint-every',
      '0',
    ];
    const argv = digitsWords(folder, ...many);
    await stopped(folder, argv, 'SIGINT');
    const before = contentsOf(folder);
    const quoted = [...argv, '--resume', '--json'].map((word) => `'${word}'`).join(' ');
    // No file may grow beyond 300 KiB, which to a program looks like a disk that is full.
    const line = `trap '' XFSZ; ulimit -f 300; exec "${process.execPath}" "${bin}" ${quoted}`;
    const { stdout, status } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    const { code, message } = JSON.parse(stdout).error;
    expect({ code, status }).toEqual({ code: 'WRITE_FAILED', status: 5 });
    expect(message).toMatch(/weight\.npy|checkpoint/);
    expect(message).toMatch(/last good checkpoint is kept: .*step-\d+/);
    expect(contentsOf(folder)).toEqual(before);
  });
});
