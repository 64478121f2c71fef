import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '#cli/commands.js';
import { HEAD_PARAMETERS } from '#cli/head-parameters.js';
import { HEADS } from '#heads/index.js';
import { flagOf } from '#heads/parameters.js';
import { VERSION } from '#version.js';
import { runJson, runMain } from '../helpers/run-main.ts';
import { scratchFolder } from '../helpers/scratch.ts';

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']]])('of the program: %j', async (argv) => {
    const { code, out, err } = await runMain(...argv);
    expect(code).toBe(0);
    expect(err).toBe('');
    for (const { name } of COMMANDS) expect(out).toContain(name);
  });

  it.each(COMMANDS.map(({ name }) => name))('of %s names every option, in 110 columns', async (name) => {
    const { code, out } = await runMain(...name.split(' '), '--help');
    const command = COMMANDS.find((each) => each.name === name);
    expect(code).toBe(0);
    for (const option of Object.keys({ ...command?.options, ...command?.parameters })) {
      expect(out).toContain(`--${flagOf(option)}`);
    }
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('of commands that begin alike', async () => {
    const { code, out } = await runMain('fixture', '--help');
    expect(code).toBe(0);
    expect(out).toContain('fixture record MODEL');
    expect(out).toContain('fixture check DIR…');
    expect(out).not.toContain('inspect MODEL');
  });

  it('examples are command lines that the program takes', async () => {
    const folder = scratchFolder();
    for (const { examples } of COMMANDS) {
      for (const example of examples) {
        const words = example.split(' ');
        const { code, err } = await runMain(
          ...words.map((word, i) => (words[i - 1] === '-o' ? join(folder, word) : word)),
        );
        // Files of that name are not here, which is all that may be wrong.
        expect({ example, code, usage: /BAD_(USAGE|PARAM)/.test(err) }).toMatchObject({ usage: false });
      }
    }
  });

  it('of the version', async () => {
    expect(await runMain('--version')).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });
});

/** Command lines that cannot be, what is said of them, and what is advised first. */
const WRONG: readonly (readonly [argv: string, code: string, advice: string])[] = [
  ['rewrit x.onnx', 'BAD_USAGE', 'onnx-margin rewrite'],
  ['inspct x.onnx', 'BAD_USAGE', 'onnx-margin inspect'],
  ['frobnicate', 'BAD_USAGE', 'onnx-margin --help'],
  ['--verson', 'BAD_USAGE', 'onnx-margin --version'],
  ['rewrite', 'BAD_USAGE', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx b.onnx --head arcface', 'BAD_USAGE', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx', 'BAD_USAGE', '--head arcface'],
  ['rewrite a.onnx --head arcface --mragin 0.4', 'BAD_USAGE', '--margin'],
  ['rewrite a.onnx --head arcface --pastPi hard', 'BAD_USAGE', '--past-pi'],
  ['rewrite a.onnx --head arcface -x', 'BAD_USAGE', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --margin wide', 'BAD_PARAM', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --margin', 'BAD_PARAM', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --past-pi hrd', 'BAD_PARAM', '--past-pi hard'],
  [
    'rewrite a.onnx --head arcface --infer-outputs cosine,embeding',
    'BAD_PARAM',
    '--infer-outputs cosine,embedding',
  ],
  ['rewrite a.onnx --head arcface --preset wespeker', 'BAD_PARAM', '--preset wespeaker'],
  ['rewrite a.onnx --head arcface --reduction men', 'BAD_PARAM', '--reduction mean'],
  ['rewrite a.onnx --head arcface --label-smoothing much', 'BAD_PARAM', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --classes 1.5', 'BAD_PARAM', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --force=maybe', 'BAD_PARAM', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --only both', 'BAD_PARAM', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --__proto__ 1', 'BAD_USAGE', 'onnx-margin rewrite --help'],
  ['rewrite a.onnx --head arcface --provider webgp', 'BAD_PARAM', '--provider webgpu'],
  ['heads arcfase', 'BAD_PARAM', '--head arcface'],
  ['heads a b', 'BAD_USAGE', 'onnx-margin heads --help'],
  ['heads --recommend --classes 10', 'BAD_USAGE', 'heads --recommend --classes 1000 --dim 512'],
  ['heads --classes 10 --dim 4', 'BAD_USAGE', 'heads --recommend --classes 1000 --dim 512'],
  ['heads --recommend --classes 1 --dim 4', 'BAD_PARAM', 'onnx-margin heads --help'],
  ['validate a.onnx', 'BAD_USAGE', 'onnx-margin validate --help'],
  ['plot', 'BAD_USAGE', 'onnx-margin plot --help'],
  ['plot arcfase', 'BAD_PARAM', '--head arcface'],
  ['plot arcface -o curve.jpg', 'BAD_USAGE', '-o curve.svg'],
  ['plot arcface -o curve', 'BAD_USAGE', '-o curve.svg'],
  ['plot arcface --show curv', 'BAD_PARAM', '--show curve'],
  ['plot arcface --x-norm 0', 'BAD_PARAM', '--x-norm 1'],
  ['plot arcface --lambda 5', 'BAD_PARAM', 'onnx-margin heads arcface'],
  ['plot softmax cosface --m1 2', 'BAD_PARAM', 'onnx-margin heads softmax'],
  ['plot arcface sphereface --margin 0.4', 'BAD_PARAM', '--margin 4'],
  [
    'plot softmax normface coco cosface lmcl am-softmax arcface aam-softmax sphereface',
    'BAD_USAGE',
    'draw them in several pictures',
  ],
  ['fixture', 'BAD_USAGE', 'onnx-margin --help'],
  ['fixture chekc a', 'BAD_USAGE', 'onnx-margin fixture check'],
  ['fixtre check a', 'BAD_USAGE', 'onnx-margin --help'],
  ['fixture check', 'BAD_USAGE', 'onnx-margin fixture check --help'],
  ['fixture record a.onnx -o out', 'BAD_USAGE', '--head arcface'],
  ['fixture record a.onnx --head arcface', 'BAD_USAGE', '-o fixtures/NAME'],
  [
    'fixture record a.onnx --head arcface -o out --provider webgpu',
    'BAD_USAGE',
    'onnx-margin fixture record --help',
  ],
];

describe('command lines that cannot be', () => {
  it.each(WRONG)('%s: %s, try %s', async (line, code, advice) => {
    const { code: exit, out, json } = await runJson(...line.split(' '));
    expect(exit).toBe(2);
    expect(json.error).toMatchObject({
      code,
      message: expect.any(String),
      saw: expect.any(String),
      expected: expect.any(String),
    });
    expect(json.error.tryThis[0]).toBe(advice);
    expect(out.startsWith('{')).toBe(true);
  });

  it('to people they are told on stderr', async () => {
    const { code, out, err } = await runMain('heads', 'arcfase');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^✗ BAD_PARAM There is no head "arcfase"\.\n {2}saw {7}arcfase\n/);
  });

  it('what a terminal could take for a command is shown, not sent', async () => {
    const { err } = await runMain('heads', '\u001b[2Jx\nnext\u009b');
    expect(err).toContain('\\u001b[2Jx\\nnext\\u009b');
    expect(err).not.toContain('\u001b');
  });
});

describe('heads', () => {
  it('shows each with its defaults', async () => {
    const { code, out } = await runMain('heads');
    expect(code).toBe(0);
    for (const { name, title } of HEADS) expect(out).toMatch(new RegExp(`^${name} +${title}`, 'm'));
  });

  it.each(HEADS.flatMap(({ name, aliases }) => [name, ...Object.keys(aliases)]))(
    '%s in full',
    async (name) => {
      const { code, out } = await runMain('heads', name);
      const head = HEADS.find((each) => each.name === name || name in each.aliases);
      expect(code).toBe(0);
      for (const [parameter, { help }] of Object.entries(head?.parameters ?? {})) {
        expect(out).toContain(`--${flagOf(parameter)}`);
        expect(out.replace(/\s+/g, ' ')).toContain(help.split(' ').slice(0, 2).join(' '));
      }
      expect(out).toContain(head?.formula);
      for (const preset of Object.keys(head?.presets ?? {}))
        expect(out).toMatch(new RegExp(`^${preset} `, 'm'));
    },
  );

  it('for programs', async () => {
    const { json } = await runJson('heads', 'arcface');
    expect(json.heads).toHaveLength(1);
    expect(json.heads[0]).toMatchObject({
      name: 'arcface',
      presets: { wespeaker: { scale: 32, margin: 0.2, pastPi: 'shift' } },
      parameters: expect.arrayContaining([
        expect.objectContaining({ name: 'pastPi', flag: '--past-pi', default: 'hard' }),
      ]),
    });
  });

  it('bounds for people and for programs, of all heads or of one', async () => {
    const words = ['--recommend', '--classes', '1000', '--dim', '512', '--samples-per-class', '16'];
    const { code, out } = await runMain('heads', ...words);
    expect(code).toBe(0);
    expect(out).toMatch(/^least scale {3}9\.09 for P = 0\.9, 11\.5 for P = 0\.99, without margin$/m);
    expect(out).toMatch(/^AdaCos scale {2}9\.77$/m);
    expect(out).toMatch(/^by count {6}an angular margin of 0\.275 for 16 samples a class$/m);
    expect(out).toMatch(/^cosface +64 +14 +17\.7 +--margin +0\.35 +1$/m);
    for (const source of ['1801.09414', '1905.00292', 'Rankin', 'C > D + 1']) expect(out).toContain(source);
    const { json } = await runJson('heads', 'am-softmax', ...words);
    expect(json).toMatchObject({
      classes: 1000,
      dim: 512,
      samplesPerClass: 16,
      probabilities: [0.9, 0.99],
      heads: [{ head: 'cosface', scale: 30, margins: [{ flag: '--margin', default: 0.35 }] }],
      reasons: expect.any(Array),
      caveats: expect.arrayContaining([expect.stringMatching(/^1000 classes in 512 dimensions/)]),
    });
    expect((await runMain('heads', 'sphereface', ...words)).out).toMatch(
      /not listed: sphereface\. They have/,
    );
  });

  it('no parameter takes the flag of something else', () => {
    const taken = COMMANDS.flatMap(({ options }) => Object.keys(options));
    expect(Object.keys(HEAD_PARAMETERS).filter((name) => taken.includes(name))).toEqual([]);
  });
});
