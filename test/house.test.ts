import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VERSION } from '#version.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Rooms from the ground up; rooms of one floor do not know each other. A file of `src/` itself is a room by its name. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors', 'version', 'nearest', 'random'],
  ['model'],
  ['graph'],
  ['expr'],
  ['tail', 'heads', 'backward'],
  ['rewrite', 'draw'],
  ['validate'],
  ['fixture', 'batch', 'train'],
  ['index', 'onnx-proto'],
  ['cli'],
];

/** What comes from outside, and the only places that may know it. */
const SEAMS: Readonly<Record<string, readonly string[]>> = {
  protobufjs: ['model/codec.ts'],
  'protobufjs/light.js': ['model/codec.ts'],
  'onnxruntime-node': ['validate/runtime-child.ts'],
  yargs: [],
  'yargs/helpers': ['cli/main.ts'],
  'onnx-proto': [],
  '@observablehq/plot': [
    'draw/chart.ts',
    'draw/line-chart.ts',
    'draw/decision-chart.ts',
    'draw/histogram.ts',
    'draw/training-charts.ts',
  ],
  '@xmldom/xmldom': ['draw/chart.ts'],
  '@resvg/resvg-wasm': ['draw/rasterise.ts'],
};

const FILE_SYSTEM = /^node:fs(\/promises)?$/;
const MAY_TOUCH_FILES = /^(model|cli)\//;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);

function importsOf(path: string): Import[] {
  const text = readFileSync(join(root, 'src', path), 'utf8');
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)'([^']+)'/g);
  return [...found].map(([, to = '']) => ({ from: path, to }));
}

const imports = files.flatMap(importsOf);

function roomOf(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

function floorOf(path: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(roomOf(path)));
}

const inside = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from, to: normalize(join(dirname(from), to)) }));
const outside = imports.filter(({ to }) => !to.startsWith('.'));

describe('floors', () => {
  it('every file has its floor', () => {
    expect(files.filter((path) => floorOf(path) < 0)).toEqual([]);
  });

  it('every room is there', () => {
    const rooms = new Set(files.map(roomOf));
    expect(FLOORS.flat().filter((room) => !rooms.has(room))).toEqual([]);
  });

  it('imports go down, or stay in their room', () => {
    const wrong = inside.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && floorOf(from) <= floorOf(to),
    );
    expect(wrong).toEqual([]);
  });

  it('imports inside name files that are there', () => {
    expect(inside.length).toBeGreaterThan(100);
    expect(inside.filter(({ to }) => !files.includes(to))).toEqual([]);
  });
});

describe('seams', () => {
  it.each(Object.entries(SEAMS))('%s is known in its place alone', (name, places) => {
    const known = outside.filter(({ to }) => to === name).map(({ from }) => from);
    expect(known.filter((path) => !places.includes(path))).toEqual([]);
  });

  it('files are touched in model/ and cli/ alone', () => {
    const known = outside.filter(({ to }) => FILE_SYSTEM.test(to)).map(({ from }) => from);
    expect(known.filter((path) => !MAY_TOUCH_FILES.test(path))).toEqual([]);
  });

  it('nothing is imported that the package does not ask for', () => {
    const names = outside.map(({ to }) => to).filter((to) => !to.startsWith('node:'));
    const packages = new Set(
      names.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    const { dependencies, peerDependencies = {} } = manifest();
    expect([...packages].filter((name) => !(name in dependencies) && !(name in peerDependencies))).toEqual(
      [],
    );
  });
});

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

describe('the package', () => {
  it('has one version', () => {
    expect(VERSION).toBe(manifest().version);
  });

  it('has these names, and no others', async () => {
    expect(Object.keys(await import('#index.js')).sort()).toMatchInlineSnapshot(`
      [
        "EXIT_CODES",
        "HEADS",
        "MarginError",
        "VERSION",
        "checkFixture",
        "defineHead",
        "encodeModel",
        "findHead",
        "inspect",
        "isMarginError",
        "printGraph",
        "readModel",
        "recommend",
        "recordFixture",
        "rewrite",
        "rewriteAll",
        "stepModel",
        "train",
        "trainedLayers",
        "validate",
        "withInitializers",
        "writeModel",
        "writeModels",
      ]
    `);
  });
});
