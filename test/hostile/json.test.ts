import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '#cli/config.js';
import { isMarginError } from '#errors.js';
import { readRecipe } from '#fixture/recipe.js';
import { jsonMutants } from '../fuzz/json-mutants.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { runJson } from '../helpers/run-main.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const CONFIG = { head: 'arcface', margin: 0.4, inferOutputs: ['cosine'], classWeights: [1, 2] };

const SHA = 'a'.repeat(64);
const TOLERANCE = { rtol: 0, atol: 0, steep: [], reason: 'none' };
const GRAPH = {
  files: { 'model.onnx': SHA },
  sets: 1,
  inputs: ['x'],
  outputs: [{ name: 'y', tolerances: { cpu: TOLERANCE, gpu: TOLERANCE } }],
};
const RECIPE = {
  format: 1,
  version: '0.1.0',
  source: { path: 'model.onnx', bytes: 100, sha256: SHA },
  head: 'arcface',
  parameters: { margin: 0.4 },
  options: { head: 'arcface', parameters: { margin: 0.4 } },
  inputs: { data: null, labels: null, seed: 0 },
  provider: 'cpu',
  onnxruntime: '1.30.0',
  graphs: { infer: GRAPH },
};

/** Nothing has been given to all objects. */
function expectNoPollution(): void {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('polluted' in {}).toBe(false);
}

async function orRefused(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isMarginError(error)) throw error;
  }
}

describe('a config file', () => {
  it('with something wrong is read or refused, and reaches no prototype', async () => {
    const path = join(scratchFolder(), 'config.json');
    await fc.assert(
      fc.asyncProperty(jsonMutants(CONFIG), async (text) => {
        writeFileSync(path, text);
        await orRefused(() => readConfig(path));
        expectNoPollution();
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])('has no option %s', async (key) => {
    const path = join(scratchFolder(), 'config.json');
    writeFileSync(path, `{ "head": "arcface", "${key}": { "force": true } }`);
    const { code, saw } = await refusalOf(() => readConfig(path));
    expect({ code, saw }).toEqual({ code: 'BAD_USAGE', saw: `"${key}"` });
  });

  it('is read to its end, if it has one', async () => {
    const { code, json } = await runJson('rewrite', 'm.onnx', '--config', '/dev/zero');
    expect(code).toBe(2);
    expect(json.error).toMatchObject({ code: 'BAD_USAGE', saw: 'more than 1048576 bytes' });
  });
});

describe('flags', () => {
  it.each([
    '--__proto__=1',
    '--__proto__.polluted=1',
    '--constructor=1',
    '--constructor.prototype.polluted=1',
  ])('%s is no option', async (flag) => {
    expect(await runJson('rewrite', 'm.onnx', '--head', 'arcface', flag)).toMatchObject({ code: 2 });
    expectNoPollution();
  });
});

describe('a recipe', () => {
  const inFolder = (text: string) => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'fixture.json'), text);
    return folder;
  };

  it('is read as it is', () => {
    expect(readRecipe(inFolder(JSON.stringify(RECIPE)))).toEqual(RECIPE);
  });

  it('with something wrong is read or refused, and reaches no prototype', async () => {
    const folder = inFolder('');
    await fc.assert(
      fc.asyncProperty(jsonMutants(RECIPE), async (text) => {
        writeFileSync(join(folder, 'fixture.json'), text);
        await orRefused(() => readRecipe(folder));
        expectNoPollution();
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  // What would be given to `rewrite` as it stands there.
  it.each([
    { inferOutputs: 5 },
    { inferOutputs: ['cosine', 'nothing'] },
    { classWeights: 'heavy' },
    { parameters: null },
    { parameters: { margin: null } },
    { tail: ['a'] },
    { classes: 1.5 },
    { labelType: 'int8' },
  ])('with options that are none is refused: %o', async (odd) => {
    const text = JSON.stringify({ ...RECIPE, options: { ...RECIPE.options, ...odd } });
    expect(await refusalOf(() => readRecipe(inFolder(text)))).toMatchObject({
      code: 'BAD_DATA',
      saw: expect.stringContaining(`options.${Object.keys(odd)[0]}`),
    });
  });

  it.each([
    ['a device without end', (path: string) => symlinkSync('/dev/zero', path)],
    ['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
    ['a link to itself', (path: string) => symlinkSync('fixture.json', path)],
  ])('is no recipe where it is %s', async (_, make) => {
    const folder = scratchFolder();
    make(join(folder, 'fixture.json'));
    expect(await refusalOf(() => readRecipe(folder))).toMatchObject({ code: 'BAD_DATA' });
  });
});
