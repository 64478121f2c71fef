import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { VOCABULARIES } from '#expr/vocabulary.js';
import { HEADS } from '#heads/index.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { writeCases, writeTrials } from './cases.ts';
import { BOUNDS, REPORT, type Row, readTable, writeTable } from './interop-table.ts';

/* Every head, trained where people train, gives the numbers of our own step graph. */

const python = process.env['PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('../../interop/compare_trainers.py', import.meta.url));
const needs = 'import torch, onnx2torch, onnxruntime.training.artifacts';
const missing = spawnSync(python, ['-W', 'ignore', '-c', needs], { encoding: 'utf8' });

/** AdaCos scales by its own batch: with a scale that grows, a loss need not fall. */
const MAY_RISE = ['adacos'];

function expectNear(rows: readonly Row[]): void {
  for (const { head, gradient, trainer, off, first, last } of rows) {
    const what = `${head} ${gradient} by ${trainer}`;
    for (const [field, bound] of Object.entries(BOUNDS))
      expect(off[field as keyof typeof BOUNDS] ?? 0, `${field} of ${what}`).toBeLessThan(bound);
    if (!MAY_RISE.includes(head)) expect(last, what).toBeLessThan(first);
  }
}

/** Every head with every gradient that it has, as both ways to train it must be there. */
const EXPECTED = HEADS.flatMap(({ name, parameters }) =>
  ('gradient' in parameters ? ['exact', 'straight-through'] : ['exact']).flatMap((gradient) =>
    ['onnx2torch', 'ort-training'].map((trainer) => `${name} ${gradient} ${trainer}`),
  ),
);

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The Python of the README that begins with this. */
function readmeBlock(start: string): string {
  const blocks = [...readme.matchAll(/^```python\n(.*?)^```/gms)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.startsWith(start));
  if (found === undefined) throw new Error(`no lines that begin with ${start}`);
  return found;
}

/** Where to train as the README says it: what its lines take for granted, and the loss at the end. */
const README: readonly (readonly [
  target: 'pytorch' | 'ort-training',
  block: string,
  prelude: readonly string[],
  loss: string,
])[] = [
  [
    'pytorch',
    'module = onnx2torch',
    ['import onnx2torch, torch', 'of = torch.from_numpy'],
    'module(images, labels)[0].item()',
  ],
  [
    'ort-training',
    'model, trained',
    ['import onnx', 'from onnxruntime.training import api, artifacts', 'of = numpy.asarray'],
    'float(numpy.ravel(module(images, labels)[0])[0])',
  ],
];

const named = (rows: readonly { head: string; gradient: string; trainer: string }[]) =>
  rows.map(({ head, gradient, trainer }) => `${head} ${gradient} ${trainer}`);

describe('docs/interop.json (npm run interop writes it)', () => {
  const { rows } = readTable();

  it('has every head by both trainers', () => {
    expect(named(rows)).toEqual(expect.arrayContaining(EXPECTED));
    expect(new Set(named(rows)).size).toBe(rows.length);
  });

  it('is within the bounds', () => {
    expectNear(rows);
  });
});

describe.skipIf(missing.status !== 0)(
  `with ${python} (skipped without the packages of interop/requirements.txt there; PYTHON names another)`,
  () => {
    let report: z.infer<typeof REPORT>;

    const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-trainers-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    beforeAll(async () => {
      await writeTrials(folder);
      await writeCases(folder);
      const { stdout, stderr } = spawnSync(python, ['-W', 'ignore', script, folder], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      expect(stdout, stderr.slice(-2000)).toMatch(/^\{/);
      report = REPORT.parse(JSON.parse(stdout));
    }, 1_200_000);

    it('the table of onnx2torch’s operators is that of its registry', () => {
      const { has } = VOCABULARIES.pytorch;
      const names = new Set([...Object.keys(report.converters), 'ScatterElements', 'Gelu', 'OneHot']);
      for (const name of names)
        for (let opset = 7; opset <= report.opset; opset++)
          expect(has(name, opset), `${name} at opset ${opset}`).toBe(
            report.converters[name]?.includes(opset) ?? false,
          );
    });

    it('graphs of every opset are imported, give the same loss and a gradient for all that is trained', () => {
      expect(report.opsets.filter(({ error }) => error !== undefined)).toEqual([]);
      expect(report.opsets.length).toBeGreaterThan(70);
      for (const { head, target, opset, off, moved } of report.opsets) {
        expect(off, `${head} for ${target} at opset ${opset}`).toBeLessThan(BOUNDS.loss);
        expect(moved, `${head} for ${target} at opset ${opset}`).toBe(true);
      }
    });

    it.each(README)('the lines of the README for %s train', async (target, block, prelude, loss) => {
      const { train } = rewrite(await readModel(fixtureModel('digits-cnn')), { head: 'arcface', target });
      const place = mkdtempSync(join(folder, 'readme-'));
      mkdirSync(join(place, 'out'));
      await writeModel(join(place, 'out/digits-cnn.train.onnx'), train);
      const program = [
        'import numpy',
        ...prelude,
        `images = numpy.load('${fixture('data/digits-test-images.npy')}').astype('float32')`,
        `labels = numpy.load('${fixture('data/digits-test-labels.npy')}').astype('int64')`,
        'batches = [(of(images), of(labels))] * 5',
        readmeBlock(block),
        `print('last', ${loss})`,
      ].join('\n');
      const { stdout, stderr } = spawnSync(python, ['-W', 'ignore', '-c', program], {
        encoding: 'utf8',
        cwd: place,
      });
      const last = Number(/last ([\d.]+)/.exec(stdout)?.[1]);
      // 0.6085 before any step.
      expect(last, stderr.slice(-2000)).toBeLessThan(0.6);
    });

    it('every head trains, and as the step graph does', () => {
      expect(report.rows.filter(({ error }) => error !== undefined)).toEqual([]);
      const rows = z
        .array(REPORT.shape.rows.element.required({ off: true, first: true, last: true }))
        .parse(report.rows);
      expect(named(rows)).toEqual(expect.arrayContaining(EXPECTED));
      expectNear(rows);
      if (process.env['MODE'] === 'interop') writeTable({ ...report, rows });
      expect(named(readTable().rows)).toEqual(named(rows));
    });
  },
);
