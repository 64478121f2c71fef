import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { REPORT } from '#cli/report.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';
import { runJson, runMain } from '../helpers/run-main.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

function folderOfModels(): string {
  const folder = scratchFolder();
  copyFileSync(fixtureModel('digits-cnn'), join(folder, 'digits.onnx'));
  writeFileSync(join(folder, 'one.onnx'), gemmModel({ classes: 1 }));
  writeFileSync(join(folder, 'two.onnx'), gemmModel({ classes: 2 }));
  return folder;
}

describe('batch', () => {
  it('says what became of each model, and ends as the first that failed', async () => {
    const [folder, out] = [folderOfModels(), scratchFolder()];
    const ran = await runMain('batch', folder, '--head', 'arcface', '--no-validate', '-o', out);
    expect(ran.code).toBe(4);
    expect(ran.out).toMatch(/✓ +\S+digits\.onnx/);
    expect(ran.out).toMatch(/✗ +\S+one\.onnx +TAIL_NOT_FOUND/);
    expect(ran.out).toMatch(/3 models: 2 done, 1 failed\n$/);
    expect(ran.err).toMatch(/3\/3/);
    expect(contentsOf(out)).toEqual(
      ['digits', 'two'].flatMap((name) => [
        `${name}.infer.onnx`,
        `${name}.report.json`,
        `${name}.train.onnx`,
      ]),
    );
  });

  it('says the same to programs, with a report for each', async () => {
    const [folder, out] = [folderOfModels(), scratchFolder()];
    const words = ['--head', 'cosface', '--margin', '0.3', '--provider', 'cpu', '--samples', '2', '-o', out];
    const { code, json } = await runJson('batch', join(folder, '{digits,two}.onnx'), ...words);
    expect(code).toBe(0);
    expect(json).toMatchObject({ done: 2, disagree: 0, failed: 0, skipped: 0 });
    expect(json.error).toBeUndefined();
    for (const { report, validation, error } of json.models) {
      expect([validation.ok, error]).toEqual([true, null]);
      const read = REPORT.parse(JSON.parse(readFileSync(report, 'utf8')));
      expect(read).toMatchObject({ head: { name: 'cosface' }, options: { margin: 0.3 } });
    }
    const failed = await runJson('batch', join(folder, 'one.onnx'), '--head', 'arcface', '-o', out);
    expect(failed.code).toBe(4);
    expect(failed.json).toMatchObject({
      failed: 1,
      models: [{ status: 'failed', train: null, report: null, error: { code: 'TAIL_NOT_FOUND' } }],
      error: { code: 'TAIL_NOT_FOUND' },
    });
  });

  it('refuses what stands for no model', async () => {
    const { code, json } = await runJson('batch', join(scratchFolder(), '*.onnx'), '--head', 'arcface');
    expect([code, json.error.code]).toEqual([3, 'UNREADABLE_MODEL']);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with whole models or none', async (signal) => {
    const [folder, out] = [scratchFolder(), scratchFolder()];
    for (let i = 0; i < 8; i++) copyFileSync(fixtureModel('digits-cnn'), join(folder, `m${i}.onnx`));
    const bin = fileURLToPath(new URL('../../bin/onnx-margin.js', import.meta.url));
    const words = [
      'batch',
      folder,
      '--head',
      'arcface',
      '--provider',
      'cpu',
      '--concurrency',
      '2',
      '-o',
      out,
    ];
    const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('done') && !child.killed) child.kill(signal);
    });
    const ended = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
    expect(ended).toBe(signal);
    expect(said).toMatch(/interrupted; models that were done are whole/);
    expect(said).not.toContain('✗');
    const left = contentsOf(out);
    const models = new Set(left.map((name) => name.split('.')[0]));
    expect(left.length).toBeGreaterThan(0);
    expect(models.size).toBeLessThan(8);
    expect(left).toEqual(
      [...models].flatMap((name) => [`${name}.infer.onnx`, `${name}.report.json`, `${name}.train.onnx`]),
    );
  });
});
