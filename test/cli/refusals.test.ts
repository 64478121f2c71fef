import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { gemmModel } from '../helpers/gemm-model.ts';
import { npyBytes } from '../helpers/npy.ts';
import { runJson } from '../helpers/run-main.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

/** What a user may hand in that cannot be: each ends in its exit code and one clear message, and leaves nothing. */
interface Refusal {
  readonly title: string;
  readonly exit: number;
  readonly code: string;
  /** What message, `saw`, `expected` or the advice must tell. */
  readonly tells: RegExp;
  /** Puts what is needed into a folder and gives the command line. */
  readonly make: (folder: string) => readonly string[];
}

const digits = readFileSync(fixtureModel('digits-cnn'));
const images = fixture('data/digits-test-images.npy');

/** A rewrite of a model that is made of these bytes. */
const ofBytes = (bytes: Uint8Array | string) => (folder: string) => {
  writeFileSync(join(folder, 'model.onnx'), bytes);
  return ['rewrite', join(folder, 'model.onnx'), '--head', 'arcface', '-o', join(folder, 'out')];
};

/** A rewrite of the digits with these words besides; `@` stands for the folder. */
const ofDigits =
  (...words: readonly string[]) =>
  (folder: string) => {
    const given = words.map((word) => word.replace('@', `${folder}/`));
    return [
      'rewrite',
      fixtureModel('digits-cnn'),
      '--head',
      'arcface',
      '-o',
      join(folder, 'out'),
      '--provider',
      'cpu',
      ...given,
    ];
  };

const withFile = (name: string, bytes: Uint8Array | string, make: Refusal['make']) => (folder: string) => {
  writeFileSync(join(folder, name), bytes);
  return make(folder);
};

const zeros = (...shape: number[]) => npyBytes(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);

const REFUSALS: readonly Refusal[] = [
  {
    title: 'class weights that are not there',
    exit: 2,
    code: 'BAD_DATA',
    tells: /weights\.npy/,
    make: ofDigits('--class-weights', '@weights.npy'),
  },
  {
    title: 'class weights in a table',
    exit: 2,
    code: 'BAD_DATA',
    tells: /float32 \[2, 5\]/,
    make: withFile('w.npy', zeros(2, 5), ofDigits('--class-weights', '@w.npy')),
  },
  {
    title: 'class weights for other classes',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /9 weights/,
    make: withFile('w.npy', zeros(9), ofDigits('--class-weights', '@w.npy')),
  },
  {
    title: 'a preset of another head',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /insightface-torch, insightface-mxnet, pytorch-metric-learning/,
    make: ofDigits('--preset', 'cavaface'),
  },
  {
    title: 'a text',
    exit: 3,
    code: 'UNREADABLE_MODEL',
    tells: /model\.onnx/,
    make: ofBytes('hello, this is no model\n'),
  },
  { title: 'an empty file', exit: 3, code: 'UNREADABLE_MODEL', tells: /empty|0 bytes/, make: ofBytes('') },
  ...[1, 7, 100, 1000, digits.length >> 1, digits.length - 20].map(
    (size): Refusal => ({
      title: `a model cut off at byte ${size}`,
      exit: 3,
      code: 'UNREADABLE_MODEL',
      tells: /model\.onnx/,
      make: ofBytes(digits.subarray(0, size)),
    }),
  ),
  {
    title: 'a folder',
    exit: 3,
    code: 'UNREADABLE_MODEL',
    tells: /folder|directory/,
    make: (folder) => ['rewrite', folder, '--head', 'arcface', '-o', join(folder, 'out')],
  },
  {
    title: 'a file that is not there',
    exit: 3,
    code: 'UNREADABLE_MODEL',
    tells: /nowhere\.onnx/,
    make: (folder) => [
      'rewrite',
      join(folder, 'nowhere.onnx'),
      '--head',
      'arcface',
      '-o',
      join(folder, 'out'),
    ],
  },
  {
    title: 'an opset below 7',
    exit: 3,
    code: 'UNSUPPORTED_MODEL',
    tells: /opset 6/,
    make: ofBytes(gemmModel({ opset: 6 })),
  },
  {
    title: 'a weight that is given at run time',
    exit: 4,
    code: 'TAIL_NOT_FOUND',
    tells: /"fc"/,
    make: ofBytes(gemmModel({ weightGiven: true })),
  },
  {
    title: 'one logit and a sigmoid',
    exit: 4,
    code: 'TAIL_NOT_FOUND',
    tells: /one logit/,
    make: ofBytes(gemmModel({ classes: 1, behind: 'Sigmoid' })),
  },
  {
    title: 'labels that do not compete',
    exit: 4,
    code: 'TAIL_NOT_FOUND',
    tells: /each of 3 labels alone/,
    make: ofBytes(gemmModel({ behind: 'Sigmoid' })),
  },
  {
    title: 'a weight in a file that is missing',
    exit: 3,
    code: 'MISSING_WEIGHTS',
    tells: /w\.bin/,
    make: ofBytes(gemmModel({ weightIn: 'w.bin' })),
  },
  {
    title: 'a weight in a file that is too short',
    exit: 3,
    code: 'MISSING_WEIGHTS',
    tells: /10 bytes/,
    make: withFile('w.bin', '0123456789', ofBytes(gemmModel({ weightIn: 'w.bin' }))),
  },
  {
    title: 'a weight outside the folder',
    exit: 3,
    code: 'UNREADABLE_MODEL',
    tells: /\.\.\/w\.bin/,
    make: ofBytes(gemmModel({ weightIn: '../w.bin' })),
  },
  {
    title: 'a model without a classifier',
    exit: 4,
    code: 'TAIL_NOT_FOUND',
    tells: /--embedding embedding --classes/,
    make: (folder) => ['rewrite', fixtureModel('embedder'), '--head', 'arcface', '-o', join(folder, 'out')],
  },
  {
    title: 'a model with two classifiers',
    exit: 4,
    code: 'TAIL_AMBIGUOUS',
    tells: /--output digit/,
    make: (folder) => ['rewrite', fixtureModel('two-heads'), '--head', 'arcface', '-o', join(folder, 'out')],
  },
  {
    title: 'a tail that is not there',
    exit: 4,
    code: 'TAIL_NOT_FOUND',
    tells: /nowhere/,
    make: ofDigits('--tail', 'nowhere'),
  },
  {
    title: 'a margin out of range',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /\[0, /,
    make: ofDigits('--margin', '7'),
  },
  {
    title: 'more sampled classes than there are',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /--sampled-classes 11.*2 to 10/s,
    make: ofDigits('--step', '--sampled-classes', '11'),
  },
  {
    title: 'a momentum that never forgets',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /--momentum 1.*\[0, 1\)/s,
    make: ofDigits('--step', '--momentum', '1'),
  },
  {
    title: 'a parameter of another head',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /arcface has no parameter/,
    make: ofDigits('--lambda', '7'),
  },
  {
    title: 'a head that is not there',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /--head cosface/,
    make: ofDigits('--head', 'cosfase'),
  },
  {
    title: 'an embedding without classes',
    exit: 2,
    code: 'BAD_USAGE',
    tells: /--classes/,
    make: ofDigits('--embedding', 'x'),
  },
  {
    title: 'data of the wrong shape',
    exit: 2,
    code: 'BAD_DATA',
    tells: /\[4, 3\]/,
    make: withFile('x.npy', zeros(4, 3), ofDigits('--data', '@x.npy')),
  },
  {
    title: 'data of the wrong type',
    exit: 2,
    code: 'BAD_DATA',
    tells: /int32/,
    make: withFile('x.npy', npyBytes(new Int32Array(4 * 64), [4, 1, 8, 8]), ofDigits('--data', '@x.npy')),
  },
  {
    title: 'data that is no .npy',
    exit: 2,
    code: 'BAD_DATA',
    tells: /x\.npy/,
    make: withFile('x.npy', 'hello', ofDigits('--data', '@x.npy')),
  },
  {
    title: 'data that is not there',
    exit: 2,
    code: 'BAD_DATA',
    tells: /x\.npy/,
    make: ofDigits('--data', '@x.npy'),
  },
  {
    title: 'labels out of range',
    exit: 2,
    code: 'BAD_DATA',
    tells: /10/,
    make: withFile(
      'y.npy',
      npyBytes(new BigInt64Array(500).fill(10n), [500]),
      ofDigits('--data', images, '--labels', '@y.npy'),
    ),
  },
  {
    title: 'more samples than labels',
    exit: 2,
    code: 'BAD_DATA',
    tells: /3/,
    make: withFile(
      'y.npy',
      npyBytes(new BigInt64Array(3), [3]),
      ofDigits('--data', images, '--labels', '@y.npy'),
    ),
  },
  {
    title: 'a file in the place of the folder',
    exit: 5,
    code: 'WRITE_FAILED',
    tells: /out/,
    make: withFile('out', 'a file', ofDigits()),
  },
  {
    title: 'a folder in a file',
    exit: 5,
    code: 'WRITE_FAILED',
    tells: /nothing was written/,
    make: withFile('f', '', ofDigits('-o', '@f/sub')),
  },
  {
    title: 'a folder that nobody can make',
    exit: 5,
    code: 'WRITE_FAILED',
    tells: /nothing was written/,
    make: ofDigits('-o', '/proc/nobody'),
  },
  {
    title: 'an output that exists',
    exit: 5,
    code: 'OUTPUT_EXISTS',
    tells: /--force/,
    make: (folder) => {
      mkdirSync(join(folder, 'out'));
      writeFileSync(join(folder, 'out/digits-cnn.infer.onnx'), 'mine');
      return ofDigits()(folder);
    },
  },
  {
    title: 'a provider that is not there',
    exit: 6,
    code: 'PROVIDER_ABSENT',
    tells: /coreml/,
    make: ofDigits('--provider', 'coreml'),
  },
  {
    title: 'a GPU that is not there',
    exit: 6,
    code: 'PROVIDER_ABSENT',
    tells: /GPU|gpu/,
    make: ofDigits('--provider', 'auto', '--require-gpu'),
  },
  {
    title: 'a config that is no JSON',
    exit: 2,
    code: 'BAD_USAGE',
    tells: /c\.json/,
    make: withFile('c.json', '{ head', ofDigits('--config', '@c.json')),
  },
  {
    title: 'a config that is no object',
    exit: 2,
    code: 'BAD_USAGE',
    tells: /\[1\]/,
    make: withFile('c.json', '[1]', ofDigits('--config', '@c.json')),
  },
  {
    title: 'a config that is not there',
    exit: 2,
    code: 'BAD_USAGE',
    tells: /c\.json/,
    make: ofDigits('--config', '@c.json'),
  },
  {
    title: 'a config with an unknown key',
    exit: 2,
    code: 'BAD_USAGE',
    tells: /"margin"/,
    make: withFile('c.json', '{ "marign": 1 }', ofDigits('--config', '@c.json')),
  },
  {
    title: 'a config with a key of prototypes',
    exit: 2,
    code: 'BAD_USAGE',
    tells: /"__proto__"/,
    make: withFile('c.json', '{ "__proto__": { "force": true } }', ofDigits('--config', '@c.json')),
  },
  {
    title: 'a config with a value of the wrong kind',
    exit: 2,
    code: 'BAD_PARAM',
    tells: /"scale": "large"/,
    make: withFile('c.json', '{ "scale": "large" }', ofDigits('--config', '@c.json')),
  },
];

/** Where there is a GPU, the demand for one is no refusal. */
const hasGpu = existsSync('/dev/nvidia0') || existsSync('/dev/dri');

describe('what cannot be done is refused, and nothing is left behind', () => {
  it.each(REFUSALS.filter(({ title }) => !(hasGpu && title.startsWith('a GPU'))))(
    '$title: $code',
    async ({ exit, code, tells, make }) => {
      const folder = scratchFolder();
      const argv = make(folder);
      const before = contentsOf(folder);
      const { code: status, json } = await runJson(...argv);
      expect(json).toEqual({
        error: {
          code,
          message: expect.any(String),
          saw: expect.any(String),
          expected: expect.any(String),
          tryThis: expect.any(Array),
        },
      });
      expect(status).toBe(exit);
      expect(JSON.stringify(Object.values(json.error)).replaceAll('\\"', '"')).toMatch(tells);
      expect(contentsOf(folder)).toEqual(before);
    },
  );
});
