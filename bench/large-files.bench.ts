import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { BIN, inTurn, type Run, run, table } from './measure.ts';
import { writeLargeClassifier } from './models.ts';

/*
 * A single-file model of 1 GiB, as whole processes: rewriting it against copying the file twice, since two files of its
 * size are written; looking at it against starting Node at all. A rewrite waits until the disk has its files, a copy does
 * not, so it stands beside both a bare copy and one that waits.
 */

const ROUNDS = 5;
const node = process.execPath;
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-large-'));
const model = join(folder, 'large.onnx');
const out = join(folder, 'out');
const python = process.env['PYTHON'] ?? 'python3';

beforeAll(async () => writeLargeClassifier(model, 16_384));
afterAll(() => rmSync(folder, { recursive: true }));

function pythonHasOnnx(): boolean {
  try {
    run(python, ['-c', 'import onnx']);
    return true;
  } catch {
    return false;
  }
}

/** An empty folder, and a disk that is done with what was before. */
function settle(): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  run('sync', []);
}

const copyTwice = (andWait: boolean) => (): Run => {
  const start = performance.now();
  run('cp', [model, join(out, 'a')]);
  run('cp', [model, join(out, 'b')]);
  if (andWait) run('sync', ['-f', out]);
  return { seconds: (performance.now() - start) / 1000, megabytes: null };
};

const LOAD_AND_SAVE =
  'import onnx, sys; m = onnx.load(sys.argv[1]); onnx.save(m, sys.argv[2]); onnx.save(m, sys.argv[3])';

function loadAndSave(): Run {
  return run(python, ['-c', LOAD_AND_SAVE, model, join(out, 'a'), join(out, 'b')]);
}

it('rewrite and inspect', () => {
  const size = statSync(model).size;
  const things = {
    'cp, twice': copyTwice(false),
    'cp, twice, and wait for the disk': copyTwice(true),
    'rewrite --no-validate': () =>
      run(node, [BIN, 'rewrite', model, '--head', 'arcface', '--no-validate', '-o', out]),
  };
  const large = pythonHasOnnx()
    ? inTurn(ROUNDS, { ...things, 'python-onnx load, save twice': loadAndSave }, settle)
    : inTurn(ROUNDS, things, settle);
  const base = large['cp, twice'].seconds;
  table(`A model of ${(size / 2 ** 30).toFixed(2)} GiB, medians of ${ROUNDS} rounds in turn`, [
    ['', 'seconds', 'ratio to cp twice', 'peak MB'],
    ...Object.entries(large).map(([name, { seconds, megabytes }]) => [
      name,
      seconds,
      seconds / base,
      megabytes ?? '–',
    ]),
  ]);
  const small = inTurn(ROUNDS, {
    'node -e 0': () => run(node, ['-e', '0']),
    '--help': () => run(node, [BIN, '--help']),
    inspect: () => run(node, [BIN, 'inspect', model]),
  });
  table('Looking at it', [
    ['', 'seconds', 'ratio to node -e 0', 'peak MB'],
    ...Object.entries(small).map(([name, { seconds, megabytes }]) => [
      name,
      seconds,
      seconds / small['node -e 0'].seconds,
      megabytes ?? '–',
    ]),
  ]);
});
