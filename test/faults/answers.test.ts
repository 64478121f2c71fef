import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixtureModel } from '../helpers/fixtures.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

const bin = fileURLToPath(new URL('../../bin/onnx-margin.js', import.meta.url));

/** A line of a shell in a folder, in which `margin` is the program and `$model` the digits. */
function shell(line: string, cwd: string) {
  const margin = `margin() { "${process.execPath}" "${bin}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `${margin}; ${line}`], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, model: fixtureModel('digits-cnn') },
  });
  return { status, stdout, stderr };
}

const LOST =
  /^✗ WRITE_FAILED The answer could not be written to stdout: the disk is full; all else was done\.$/m;
/** What takes long is told on stderr too. */
const NO_FAULT = expect.not.stringMatching(/✗|Error:|^ +at /m);

describe.skipIf(process.platform !== 'linux')('an answer for which there is no room', () => {
  it.each(['inspect "$model" --json', 'inspect "$model" --graph', 'heads'])('%s says so', (words) => {
    const { status, stderr } = shell(`margin ${words} > /dev/full`, scratchFolder());
    expect(status).toBe(5);
    expect(stderr).toMatch(LOST);
    expect(stderr).not.toMatch(/INTERNAL|^ +at /m);
  });

  it('is all that is lost', () => {
    const folder = scratchFolder();
    const words = 'rewrite "$model" --head arcface --no-validate --json -o out';
    const { status, stderr } = shell(`margin ${words} > /dev/full`, folder);
    expect({ status, stderr }).toEqual({ status: 5, stderr: expect.stringMatching(LOST) });
    expect(contentsOf(join(folder, 'out'))).toHaveLength(3);
  });

  it('does not hide what else went wrong', () => {
    const { status, stderr } = shell('margin inspect nothing.onnx --json > /dev/full', scratchFolder());
    expect(status).toBe(3);
    expect(stderr).toMatch(/^✗ UNREADABLE_MODEL .*nothing\.onnx/m);
    expect(stderr).toMatch(
      /not be written to stdout: the disk is full; the command ended with exit code 3\./,
    );
  });

  it('is told from one that is whole, also where a part of it went to the disk', () => {
    const folder = scratchFolder();
    // No file may grow beyond 1 KiB, which to a program looks like a disk that is full.
    const line = `trap '' XFSZ; ulimit -f 1; margin inspect "$model" --json > answer`;
    expect(shell(line, folder).status).toBe(5);
    expect(statSync(join(folder, 'answer')).size).toBe(1024);
  });
});

describe('nobody who listens', () => {
  it('to the end is no fault', () => {
    const line = 'margin inspect "$model" --graph | head -1; echo "$PIPESTATUS"';
    expect(shell(line, scratchFolder())).toMatchObject({ stdout: 'ir 8\n0\n', stderr: NO_FAULT });
  });

  it('from the start is none either, however much there is to say', () => {
    // The reader has gone before a word is said.
    const line = '{ sleep 0.3; margin heads --json; echo $? > code; } | true; cat code';
    expect(shell(line, scratchFolder())).toMatchObject({ stdout: '0\n', stderr: NO_FAULT });
  });

  it.skipIf(process.platform !== 'linux')('to what is said on stderr changes nothing', () => {
    const { status } = shell('margin inspect nothing.onnx 2> /dev/full', scratchFolder());
    expect(status).toBe(3);
  });
});
