import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureModel } from './helpers/fixtures.ts';

/* The package as a user gets it: packed, looked over, installed into an empty folder, used from there. */

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-package-'));
let tarball = '';

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], cwd = folder): Ran {
  return spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
}

const tool = (name: string) => join(root, 'node_modules/.bin', name);

beforeAll(() => {
  const packed = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
  expect(packed.status, packed.stderr).toBe(0);
  tarball = join(folder, packed.stdout.trim());
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the packed package', () => {
  it('has what it needs, and no tests or fixtures', () => {
    const listed = run('tar', ['-tzf', tarball]).stdout.trim().split('\n');
    const paths = listed.map((path) => path.replace(/^package\//, ''));
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'LICENSE',
        'bin/onnx-margin.js',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/cli/main.js',
        'schemas/onnx.proto',
      ]),
    );
    expect(paths.filter((path) => /^(test|fixtures|src|bench|\.ci)\//.test(path))).toEqual([]);
  });

  it('passes publint', () => {
    const { status, stdout, stderr } = run(tool('publint'), [tarball, '--strict']);
    expect(status, stdout + stderr).toBe(0);
  });

  it('has types that are right', () => {
    const { status, stdout, stderr } = run(tool('attw'), [tarball, '--profile', 'esm-only', '--no-emoji']);
    expect(status, stdout + stderr).toBe(0);
  });
});

describe('the installed package', () => {
  const home = join(folder, 'home');
  const bin = join(home, 'node_modules/.bin/onnx-margin');
  let unreachable: string | null = null;

  beforeAll(() => {
    // A folder of its own, so that nothing is found by chance further up.
    writeFileSync(join(folder, 'package.json'), '{}');
    run('mkdir', ['home']);
    writeFileSync(join(home, 'package.json'), '{ "name": "home", "private": true, "type": "module" }');
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    const { status, stderr } = run('npm', ['install', ...flags, tarball], home);
    const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(stderr);
    if (status !== 0 && offline)
      unreachable = 'the package registry cannot be reached, so nothing can be installed';
    else expect(status, stderr).toBe(0);
  }, 300_000);

  it('runs its command', ({ skip }) => {
    if (unreachable !== null) skip(unreachable);
    const { status, stdout, stderr } = run(bin, ['heads'], home);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('arcface');
  });

  it('rewrites a model and validates it', ({ skip }) => {
    if (unreachable !== null) skip(unreachable);
    const { status, stdout, stderr } = run(
      bin,
      ['rewrite', fixtureModel('digits-cnn'), '--head', 'arcface', '--provider', 'cpu', '--json'],
      home,
    );
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ train: 'digits-cnn.train.onnx', validation: { ok: true } });
    expect(readdirSync(home)).toEqual(
      expect.arrayContaining(['digits-cnn.train.onnx', 'digits-cnn.infer.onnx', 'digits-cnn.report.json']),
    );
  });

  it('gives its API', ({ skip }) => {
    if (unreachable !== null) skip(unreachable);
    writeFileSync(
      join(home, 'use.js'),
      `import { readModel, rewrite, HEADS, writeModel } from 'onnx-margin';
       const { infer } = rewrite(await readModel(process.argv[2]), { head: 'cosface' });
       await writeModel('cosine.onnx', infer);
       const again = await readModel('cosine.onnx');
       console.log(JSON.stringify({ heads: HEADS.length, outputs: again.proto.graph.output.map(({ name }) => name) }));`,
    );
    const { status, stdout, stderr } = run(process.execPath, ['use.js', fixtureModel('digits-cnn')], home);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outputs: ['cosine'] });
  });
});
