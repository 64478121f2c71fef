import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VERSION } from '#version.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

/* What only shows in a process of its own. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'bin/onnx-margin.js');

function run(command: string, args: readonly string[], cwd = root) {
  const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env;
  return spawnSync(command, args, { cwd, encoding: 'utf8', env });
}

const onnxMargin = (args: readonly string[], cwd?: string) => run(process.execPath, [bin, ...args], cwd);

/** A shell line in which `$bin` and `$model` stand for the program and the digits. */
const shell = (line: string, cwd: string) =>
  run(
    'bash',
    ['-c', `node=${process.execPath}; bin=${bin}; model=${fixtureModel('digits-cnn')}; ${line}`],
    cwd,
  );

describe('bin', () => {
  it('answers on stdout', () => {
    expect(onnxMargin(['--version'])).toMatchObject({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it('gives exit codes, and writes into the folder it is run in', () => {
    const folder = scratchFolder();
    const argv = ['rewrite', fixtureModel('digits-cnn'), '--head', 'arcface', '--no-validate', '--json'];
    const { status, stdout } = onnxMargin(argv, folder);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ train: 'digits-cnn.train.onnx', validation: null });
    expect(contentsOf(folder)).toEqual([
      'digits-cnn.infer.onnx',
      'digits-cnn.report.json',
      'digits-cnn.train.onnx',
    ]);
    expect(onnxMargin(argv, folder).status).toBe(5);
  });

  it('uses colour where it is asked for, and not where it is not', () => {
    const args = [bin, 'heads', 'nobody'];
    const of = (env: Readonly<Record<string, string>>) =>
      spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } })
        .stderr;
    expect(of({ FORCE_COLOR: '1' })).toContain('\u001b[');
    expect(of({ NO_COLOR: '1' })).not.toContain('\u001b[');
    expect(of({})).not.toContain('\u001b[');
  });
});

describe('what is loaded', () => {
  /** Modules of CommonJS that a command line loads: ONNX Runtime and protobufjs are such. */
  function loaded(args: readonly string[]): string {
    const spy = `import { createRequire } from 'node:module';
      const { cache } = createRequire(${JSON.stringify(`${root}/`)});
      process.on('exit', () => process.stderr.write(Object.keys(cache).join('\\n')));`;
    const { stderr } = run(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(spy)}`,
      bin,
      ...args,
    ]);
    return stderr;
  }

  it.each([['--help'], ['--version'], ['rewrite', '--help'], ['heads', 'arcface']])(
    '%s %s needs neither ONNX Runtime nor protobufjs',
    (...args) => {
      expect(loaded(args)).not.toMatch(/node_modules\/(onnxruntime|protobufjs)/);
    },
  );

  it('inspect needs no ONNX Runtime', () => {
    const names = loaded(['inspect', fixtureModel('digits-cnn')]);
    expect(names).toMatch(/node_modules\/protobufjs/);
    expect(names).not.toMatch(/node_modules\/onnxruntime/);
  });
});

describe('what cannot be written', () => {
  it('a full disk leaves nothing behind', () => {
    const folder = scratchFolder();
    // No file may grow beyond 16 KiB, which to a program looks like a disk that is full.
    const { status, stdout } = shell(
      `trap '' XFSZ; ulimit -f 16; exec "$node" "$bin" rewrite "$model" --head arcface -o out --json`,
      folder,
    );
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'WRITE_FAILED' });
    expect(status).toBe(5);
    expect(contentsOf(folder)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'])(
    '%s takes back what was begun, and ends the process as it does',
    (signal) => {
      const folder = scratchFolder();
      const script = `
      import { orUndo } from ${JSON.stringify(join(root, 'dist/cli/undo.js'))};
      import { rmSync, writeFileSync } from 'node:fs';
      await orUndo(async (undo) => {
        writeFileSync('half', '');
        undo(async () => rmSync('half'));
        process.kill(process.pid, '${signal}');
        await new Promise((done) => setTimeout(done, 60_000));
      });`;
      writeFileSync(join(folder, 'work.mjs'), script);
      expect(run(process.execPath, ['work.mjs'], folder).signal).toBe(signal);
      expect(contentsOf(folder)).toEqual(['work.mjs']);
    },
  );
});
