import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPORT } from '#cli/report.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { npyBytes } from '../helpers/npy.ts';
import { runJson } from '../helpers/run-main.ts';
import { scratchFolder } from '../helpers/scratch.ts';

/*
 * A number for each class, as a list or the file that holds it. The model has ten classes.
 */

const COUNTS = [900, 800, 700, 600, 500, 400, 300, 200, 100, 5];

function rewriteDigits(folder: string, ...words: readonly string[]) {
  const model = fixtureModel('digits-cnn');
  const argv = ['rewrite', model, '--head', 'dynamic-arcface', '--provider', 'cpu', '--samples', '8'];
  return runJson(...argv, '-o', folder, ...words);
}

const parametersIn = (folder: string): unknown => {
  const bytes = readFileSync(join(folder, 'digits-cnn.train.onnx'), 'latin1');
  return JSON.parse(/onnx_margin\.parameters.{2,4}(\{.*?\})/s.exec(bytes)?.[1] ?? 'null');
};

describe('a list of numbers', () => {
  it('on the command line: the graphs are checked by it, and hold it', async () => {
    const folder = scratchFolder();
    const { code, json } = await rewriteDigits(folder, '--class-counts', COUNTS.join(','));
    expect(code).toBe(0);
    expect(json.validation.ok).toBe(true);
    expect(json.warnings).not.toContainEqual(expect.objectContaining({ code: 'CLASSES_ALIKE' }));
    expect(parametersIn(folder)).toMatchObject({ classCounts: COUNTS, classMargins: [] });
  });

  it.each([
    ['integers', npyBytes(BigInt64Array.from(COUNTS, BigInt), [10])],
    ['floats', npyBytes(Float64Array.from(COUNTS), [10])],
  ])('as a file of %s', async (_, bytes) => {
    const folder = scratchFolder();
    const path = join(folder, 'counts.npy');
    writeFileSync(path, bytes);
    const { code, json } = await rewriteDigits(folder, '--class-counts', path);
    expect(code).toBe(0);
    expect(json.validation.ok).toBe(true);
    expect(parametersIn(folder)).toMatchObject({ classCounts: COUNTS });
    const report = REPORT.parse(JSON.parse(readFileSync(join(folder, 'digits-cnn.report.json'), 'utf8')));
    expect(report.options).toMatchObject({ head: 'dynamic-arcface', classCounts: path });
  });

  it('in a config file, itself or by its file', async () => {
    const folder = scratchFolder();
    const [config, path] = [join(folder, 'c.json'), join(folder, 'margins.npy')];
    writeFileSync(
      path,
      npyBytes(
        Float32Array.from(COUNTS, (n) => n / 1000),
        [10],
      ),
    );
    for (const classMargins of [COUNTS.map((n) => n / 1000), path]) {
      writeFileSync(config, JSON.stringify({ classMargins, force: true }));
      const { code, json } = await rewriteDigits(folder, '--config', config);
      expect(code).toBe(0);
      expect(json.validation.ok).toBe(true);
    }
  });

  it('in files, for a fixture', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'counts.npy');
    writeFileSync(path, npyBytes(Float64Array.from(COUNTS), [10]));
    const fixture = join(folder, 'fixture');
    const words = ['--class-counts', path, '--class-weights', path, '-o', fixture];
    const argv = ['fixture', 'record', fixtureModel('digits-cnn'), '--head', 'dynamic-arcface', ...words];
    expect(await runJson(...argv)).toMatchObject({ code: 0, json: { validation: { ok: true } } });
    const recipe = readFileSync(join(fixture, 'fixture.json'), 'utf8').replaceAll(/\s/g, '');
    for (const name of ['classCounts', 'classWeights'])
      expect(recipe).toContain(`"${name}":${JSON.stringify(COUNTS)}`);
  });

  it('that is left out is warned of', async () => {
    const { json } = await rewriteDigits(scratchFolder(), '--no-validate');
    expect(json.warnings).toContainEqual({
      code: 'CLASSES_ALIKE',
      message: expect.stringContaining('--class-counts or --class-margins'),
    });
  });
});

describe('a list that cannot be', () => {
  it.each([
    ['--class-counts 1,2,3', 'BAD_PARAM', '3 numbers', '10'],
    ['--class-counts 1,2,x', 'BAD_DATA', '', '.npy'],
    ['--class-margins 0,0,0,0,0,0,0,0,0,2', 'BAD_PARAM', '2 for class 9', '[0, 1.57'],
    ['--class-margins nowhere.npy', 'BAD_DATA', 'nowhere.npy', '.npy'],
    ['--class-counts', 'BAD_PARAM', '--class-counts', '.npy'],
  ])('%s: %s', async (words, code, saw, expected) => {
    const { code: exit, json } = await rewriteDigits(scratchFolder(), ...words.split(' '));
    expect(exit).toBe(2);
    expect(json.error).toMatchObject({
      code,
      saw: expect.stringContaining(saw),
      expected: expect.stringContaining(expected),
    });
  });

  it.each([
    ['a table', npyBytes(Float32Array.from(COUNTS), [5, 2]), 'float32 [5, 2]'],
    [
      'halves of samples',
      npyBytes(
        Float32Array.from(COUNTS, (n) => n + 0.5),
        [10],
      ),
      '900.5 for class 0',
    ],
  ])('%s', async (_, bytes, saw) => {
    const path = join(scratchFolder(), 'counts.npy');
    writeFileSync(path, bytes);
    const { code, json } = await rewriteDigits(scratchFolder(), '--class-counts', path);
    expect(code).toBe(2);
    expect(json.error.saw).toBe(saw);
  });
});
