import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { HEADS } from '#heads/index.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { runJson, runMain } from '../helpers/run-main.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An SVG file as a document; one that is not well-formed is a failure. */
function svgIn(path: string) {
  const onError = (level: string, message: string) => {
    throw new Error(`${level}: ${message}`);
  };
  return new DOMParser({ onError }).parseFromString(readFileSync(path, 'utf8'), 'image/svg+xml');
}

const titlesOf = (document: ReturnType<typeof svgIn>) =>
  [...document.getElementsByTagName('title')].map((title) => title.textContent);

describe('plot into a file', () => {
  it('draws every view of every head, with a legend that says what was drawn', async () => {
    const path = join(scratchFolder(), 'pictures/margins.svg');
    const { code, out } = await runMain('plot', 'arcface', 'cosface', '--margin', '0.25', '-o', path);
    expect(code).toBe(0);
    expect(out).toMatch(/^picture {2}.*margins\.svg {2}\d/);
    const document = svgIn(path);
    expect(titlesOf(document)).toEqual([
      'Margin heads: arcface, cosface',
      'Target logit over the angle: arcface, cosface',
      'Gradient gain over the angle: arcface, cosface',
      'Decision boundaries of two classes: arcface',
      'Decision boundaries of two classes: cosface',
    ]);
    const words = document.documentElement?.textContent;
    expect(words).toContain('arcface  scale 64, margin 0.25');
    expect(words).toContain('cosface  scale 64, margin 0.25');
    // A line a head in each of two charts, beside the thin one of a head without margin and the legend.
    const colours = [...document.getElementsByTagName('g')].map((g) => g.getAttribute('stroke'));
    for (const colour of ['#1f6fb4', '#b84e06']) {
      expect(colours.filter((each) => each === colour)).toHaveLength(2);
    }
  });

  it('draws what is asked for', async () => {
    const path = join(scratchFolder(), 'a.svg');
    await runMain('plot', 'arcface', '--show', 'gain', '-o', path);
    expect(titlesOf(svgIn(path)).slice(1)).toEqual(['Gradient gain over the angle: arcface']);
  });

  it('puts the curve where its numbers are', async () => {
    const path = join(scratchFolder(), 'a.svg');
    await runMain('plot', 'normface', '--show', 'curve', '-o', path);
    const lines = [...svgIn(path).getElementsByTagName('g')].filter(
      (g) => g.getAttribute('aria-label') === 'line' && g.getAttribute('stroke') === '#1f6fb4',
    );
    const [d = ''] = lines.flatMap((g) =>
      [...g.getElementsByTagName('path')].map((line) => line.getAttribute('d') ?? ''),
    );
    const points = [...d.matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(points).toHaveLength(181);
    const [[x0 = 0, y0 = 0] = [], [x60 = 0, y60 = 0] = [], [x180 = 0, y180 = 0] = []] = [0, 60, 180].map(
      (i) => points[i] ?? [],
    );
    // What the axes say of those places.
    const placeOf = (label: string) => {
      const [text] = [...svgIn(path).getElementsByTagName('text')].filter(
        (each) => each.textContent === label,
      );
      const [, x, y] = /translate\(([\d.]+),([\d.]+)\)/.exec(text?.getAttribute('transform') ?? '') ?? [];
      return { x: Number(x), y: Number(y) };
    };
    expect(x60).toBeCloseTo(placeOf('60°').x, 3);
    expect(y0).toBeCloseTo(placeOf('1.0').y, 2);
    expect(y180).toBeCloseTo(placeOf('−1.0').y, 2);
    // cos 0 = 1, cos 60° = 1/2, cos 180° = −1; coordinates have three digits.
    expect((x60 - x0) / (x180 - x0)).toBeCloseTo(60 / 180, 4);
    expect((y60 - y0) / (y180 - y0)).toBeCloseTo((1 - 0.5) / (1 - -1), 4);
  });

  it.each(['svg', 'png'])('gives the same %s bytes every time', async (kind) => {
    const folder = scratchFolder();
    const draw = async (name: string) => {
      const path = join(folder, `${name}.${kind}`);
      expect((await runMain('plot', 'sphereface', 'combined', '-o', path)).code).toBe(0);
      return readFileSync(path);
    };
    expect(await draw('a')).toEqual(await draw('b'));
  });

  it('a PNG is one, twice as wide as the SVG, and not empty', async () => {
    const path = join(scratchFolder(), 'a.PNG');
    expect((await runMain('plot', 'arcface', '-o', path)).code).toBe(0);
    const bytes = readFileSync(path);
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.readUInt32BE(16)).toBe(2 * 920);
    // A white rectangle of that size has 10 kB.
    expect(bytes.length).toBeGreaterThan(40_000);
  });

  it('overwrites with --force alone', async () => {
    const path = join(scratchFolder(), 'a.svg');
    writeFileSync(path, 'mine');
    const { code, json } = await runJson('plot', 'arcface', '-o', path);
    expect(code).toBe(5);
    expect(json.error).toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect((await runMain('plot', 'arcface', '-o', path, '--force')).code).toBe(0);
    expect(titlesOf(svgIn(path))).toHaveLength(4);
  });

  it('a link to nowhere is a name that is taken', async () => {
    const path = join(scratchFolder(), 'a.svg');
    symlinkSync('nowhere', path);
    expect((await runJson('plot', 'arcface', '-o', path)).json.error).toMatchObject({
      code: 'OUTPUT_EXISTS',
    });
  });

  it('leaves nothing where it cannot write', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'a.svg'));
    const { code, json } = await runJson('plot', 'arcface', '-o', join(folder, 'a.svg'), '--force');
    expect(code).toBe(5);
    expect(json.error).toMatchObject({ code: 'WRITE_FAILED' });
    expect(contentsOf(folder)).toEqual(['a.svg']);
    expect((await runJson('plot', 'arcface', '-o', '/proc/none/a.svg')).json.error).toMatchObject({
      code: 'WRITE_FAILED',
    });
  });
});

describe('plot in the terminal', () => {
  it('draws letters of braille in 100 columns, and marks each head by a letter', async () => {
    const { code, out } = await runMain('plot', 'arcface', 'l-softmax', '--show', 'curve,gain,boundary');
    expect(code).toBe(0);
    expect(out).toMatch(/^a arcface {2}scale 64, margin 0\.5\nb l-softmax {2}margin 4\n\n/);
    expect(out).toMatch(/[\u2801-\u28ff]a[\u2801-\u28ff ]/);
    expect(out).toMatch(/[\u2801-\u28ff]b[\u2801-\u28ff ]/);
    expect(out).toContain('dψ/dcos θ');
    expect(out).toContain('l-softmax: margin in the (θ1, θ2) plane');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('puts ψ on the row of its number', async () => {
    const { out } = await runMain('plot', 'normface');
    const rows = out.split('\n');
    const [top = '', middle = ''] = ['1 ┤', '0 ┤'].map((number) =>
      rows.find((row) => row.includes(` ${number}`)),
    );
    expect(rows.indexOf(top)).toBeLessThan(rows.indexOf(middle));
    // cos θ starts at 1 and is 0 at 90°, in the middle of 84 letters.
    expect(top.indexOf('┤') + 1).toBe(top.search(/[\u2801-\u28ff]/));
    expect(middle.slice(7 + 40, 7 + 44)).toMatch(/[\u2801-\u28ff]/);
    expect(middle.slice(7, 7 + 38).trim()).toBe('');
  });

  it('draws the curve alone unless told otherwise', async () => {
    const { out } = await runMain('plot', 'arcface');
    expect(out).toContain('ψ(θ)');
    expect(out).not.toContain('dψ/dcos');
  });

  it.each(HEADS.map(({ name }) => name))('%s in every view', async (name) => {
    const { code, err } = await runMain('plot', name, '--show', 'curve,gain,boundary');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

describe('plot for programs', () => {
  it('gives the numbers', async () => {
    const { json } = await runJson('plot', 'cosface', 'normface', '--scale', '30');
    expect(json).toMatchObject({ out: null, heads: [{ name: 'cosface' }, { name: 'normface' }] });
    expect(json.degrees).toHaveLength(181);
    const [{ psi, gain, parameters }] = json.heads;
    expect(parameters).toMatchObject({ scale: 30, margin: 0.35 });
    expect(psi[60]).toBeCloseTo(0.5 - 0.35, 12);
    expect([gain[0], gain[180]]).toEqual([null, null]);
    expect(gain[60]).toBeCloseTo(1, 12);
  });
});

describe('what is loaded', () => {
  /** The packages that a command line loads, by the files of theirs that are resolved. */
  function loaded(...args: readonly string[]): string {
    const hook = `import { writeSync } from 'node:fs';
      export async function resolve(name, context, next) {
        const found = await next(name, context);
        writeSync(2, found.url + '\\n');
        return found;
      }`;
    const url = `data:text/javascript,${encodeURIComponent(hook)}`;
    const start = `import { register } from 'node:module'; register(${JSON.stringify(url)});`;
    const { stderr, status } = spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(start)}`,
        join(root, 'bin/onnx-margin.js'),
        ...args,
      ],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    return stderr;
  }
  const DRAWING = /node_modules\/(@observablehq|@xmldom|@resvg|d3)/;

  it.each([
    ['--help'],
    ['plot', '--help'],
    ['heads', 'arcface'],
    ['inspect', fixtureModel('digits-cnn')],
    ['plot', 'arcface'],
  ])('%s %s needs nothing to draw with', (...args) => {
    expect(loaded(...args)).not.toMatch(DRAWING);
  });

  it('a picture needs it, and a PNG alone what makes one', () => {
    const svg = loaded('plot', 'arcface', '-o', join(scratchFolder(), 'a.svg'));
    expect(svg).toMatch(DRAWING);
    expect(svg).not.toMatch(/@resvg/);
    expect(loaded('plot', 'arcface', '-o', join(scratchFolder(), 'a.png'))).toMatch(/@resvg/);
  });
});
