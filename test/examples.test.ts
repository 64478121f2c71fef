import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixtureModel } from './helpers/fixtures.ts';
import { gemmModel } from './helpers/gemm-model.ts';
import { contentsOf, scratchFolder } from './helpers/scratch.ts';

/* The examples are run as somebody would who has installed the package. */

const root = fileURLToPath(new URL('..', import.meta.url));

/** A project with the package installed, and two classifiers in `models`. */
function project(): string {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/onnx-margin'));
  symlinkSync('../onnx-margin/bin/onnx-margin.js', join(folder, 'node_modules/.bin/onnx-margin'));
  mkdirSync(join(folder, 'models/small'), { recursive: true });
  copyFileSync(fixtureModel('digits-cnn'), join(folder, 'models/digits.onnx'));
  writeFileSync(join(folder, 'models/small/gemm.onnx'), gemmModel({ classes: 5 }));
  return folder;
}

const run = (cwd: string, command: string, ...args: readonly string[]) =>
  spawnSync(command, args, { cwd, encoding: 'utf8' });

describe('the pipeline in Node', () => {
  const script = join(root, 'examples/node-pipeline/pipeline.mjs');

  it('rewrites a folder, and says what became of each model', () => {
    const folder = project();
    copyFileSync(script, join(folder, 'pipeline.mjs'));
    const { status, stdout, stderr } = run(folder, process.execPath, 'pipeline.mjs', 'models', 'out');
    expect(status, stderr).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('[2/2]');
    expect(contentsOf(join(folder, 'out'))).toEqual([
      'digits.infer.onnx',
      'digits.shared.data',
      'digits.train.onnx',
      'small',
      'small/gemm.infer.onnx',
      'small/gemm.train.onnx',
    ]);
  });
});

describe('the step of a CI', () => {
  const script = join(root, 'examples/ci/rewrite-models.sh');

  it('leaves graphs, reports and a summary', () => {
    const folder = project();
    const { status, stdout, stderr } = run(folder, 'bash', script, 'models', 'out');
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^done +models\/digits\.onnx\ndone +models\/small\/gemm\.onnx\n$/);
    expect(JSON.parse(readFileSync(join(folder, 'out/summary.json'), 'utf8'))).toMatchObject({
      done: 2,
      failed: 0,
    });
    expect(contentsOf(join(folder, 'out'))).toContain('small/gemm.report.json');
  });

  it('fails with the code of the first model that failed', () => {
    const folder = project();
    writeFileSync(join(folder, 'models/a.onnx'), 'no model');
    const { status, stdout } = run(folder, 'bash', script, 'models', 'out');
    expect(status).toBe(3);
    expect(stdout).toMatch(/^failed +models\/a\.onnx: \S+/);
  });

  it('has a workflow that runs it', () => {
    const workflow = readFileSync(join(root, 'examples/ci/github-actions.yml'), 'utf8');
    expect(workflow).toContain('./rewrite-models.sh models out');
  });
});
