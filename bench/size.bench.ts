import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, it } from 'vitest';
import { BIN, inTurn, type Run, run, table } from './measure.ts';
import { writeDeepClassifier, writeMillion } from './models.ts';

/*
 * What a rewrite costs by the size of the file and by the size of the head, as whole processes, beside copying and beside
 * the same rewrite with python-onnx and onnx-graphsurgeon (`PYTHON=…`). `MOST_GB` (2 unless given; 8 wants 40 GB of disk)
 * ends the list of sizes; where a program of Python wants more than 16 GB of memory its line says so.
 */

const MOST_GB = Number(process.env['MOST_GB'] ?? 2);
const python = process.env['PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('./rewrite.py', import.meta.url));
const many = fileURLToPath(new URL('./many.mjs', import.meta.url));
const small = fileURLToPath(new URL('../fixtures/models/digits-logreg/digits-logreg.onnx', import.meta.url));
const node = process.execPath;
const folder = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'onnx-margin-size-'));
const [model, out] = [join(folder, 'in/model.onnx'), join(folder, 'out')];
afterAll(() => rmSync(folder, { recursive: true }));

const bytesIn = (path: string) =>
  readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

function settle(): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  run('sync', []);
}

/** An empty folder for a model. */
function begin(): void {
  rmSync(join(folder, 'in'), { recursive: true, force: true });
  mkdirSync(join(folder, 'in'));
}

/** What a program that has no figures is said to have: it wanted too much memory, or is not there at all. */
const WITHOUT = new Map([
  [Number.POSITIVE_INFINITY, 'more than 16 GB'],
  [Number.NaN, 'did not run'],
]);

/** A program that may not be there, or not end well. */
const orNothing = (work: () => Run) => (): Run => {
  try {
    return work();
  } catch (error) {
    process.stderr.write(`${String(error).slice(0, 300)}\n`);
    const tooLarge = /MemoryError|bad_alloc|Cannot allocate/.test(String(error));
    return { seconds: tooLarge ? Number.POSITIVE_INFINITY : Number.NaN, megabytes: null };
  }
};

const checked = (...words: readonly string[]) =>
  run(node, [BIN, 'rewrite', model, '--head', 'cosface', '-o', out, ...words]);

const ours = (...words: readonly string[]) => checked('--no-validate', ...words);

const by = (way: string) => orNothing(() => run(python, [script, way, model, out]));

function copyTwice(): Run {
  const start = performance.now();
  for (const name of ['a', 'b']) run('cp', ['-r', join(folder, 'in'), join(out, name)]);
  run('sync', ['-f', out]);
  return { seconds: (performance.now() - start) / 1000, megabytes: null };
}

const rate = (bytes: number, { seconds }: Run) => (WITHOUT.has(seconds) ? '–' : bytes / 1e6 / seconds);

function rowsOf(title: string, bytes: number, runs: Readonly<Record<string, Run>>) {
  return Object.entries(runs).map(([name, each]) => [
    title,
    name,
    WITHOUT.get(each.seconds) ?? each.seconds,
    rate(bytes, each),
    each.megabytes ?? '–',
  ]);
}

const HEADINGS = ['', '', 'seconds', 'MB/s of the file', 'peak MB'];

it.each([
  ['in the file', false, [0.001, 0.016, 0.25, 1, 1.9]],
  ['beside the file', true, [0.25, 2, 8]],
] as const)('weights %s', async (where, outside, sizes) => {
  const rows: (string | number)[][] = [HEADINGS];
  for (const gigabytes of sizes.filter((size) => size <= MOST_GB)) {
    begin();
    await writeDeepClassifier(model, { gigabytes, classes: 100, outside });
    const bytes = bytesIn(join(folder, 'in'));
    const things: Record<string, () => Run> = {
      'cp twice, waiting for the disk': copyTwice,
      rewrite: () => ours(),
      'rewrite, numbers checked': () => checked(),
      ...(outside && { 'rewrite --external-data split': () => ours('--external-data', 'split') }),
      'python-onnx': by('onnx'),
      ...(outside && { 'python-onnx, weights left where they are': by('onnx-unloaded') }),
      'onnx-graphsurgeon': by('graphsurgeon'),
    };
    const runs = inTurn(gigabytes > 0.5 ? 1 : 3, things, settle);
    rows.push(...rowsOf(`${(bytes / 1e6).toPrecision(3)} MB`, bytes, runs));
  }
  table(`Weights ${where}, a head of 100 × 1,024`, rows);
});

it('size of the head', async () => {
  const rows: (string | number)[][] = [HEADINGS];
  for (const classes of [1000, 100_000]) {
    begin();
    await writeDeepClassifier(model, { gigabytes: 1, classes, outside: true });
    const bytes = bytesIn(join(folder, 'in'));
    rows.push(...rowsOf(`${classes} classes`, bytes, inTurn(1, { rewrite: () => ours() }, settle)));
  }
  begin();
  await writeMillion(model);
  rows.push(
    ...rowsOf(
      '1,000,000 × 512, 2 GB of W',
      statSync(model).size,
      inTurn(1, { rewrite: () => ours(), cp: copyTwice, 'python-onnx': by('onnx') }, settle),
    ),
  );
  table('Weights beside a file of 1 GB, by the size of the head', rows);
});

it('many small models', () => {
  const rows: (string | number)[][] = [['', 'seconds', 'peak MB']];
  for (const count of [1, 100, 1000]) {
    const { seconds, megabytes } = run(node, [many, small, String(count), join(folder, `many-${count}`)]);
    rows.push([`${count} models`, seconds, megabytes ?? '–']);
  }
  const kilobytes = (statSync(small).size / 1000).toPrecision(2);
  table(`Models of ${kilobytes} kB in one process, without checking`, rows);
});
