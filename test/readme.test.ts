import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '#errors.js';
import { fixture, fixtureModel } from './helpers/fixtures.ts';
import { runMain } from './helpers/run-main.ts';
import { scratchFolder } from './helpers/scratch.ts';

/* What the README shows is run. Its table of heads is generated, which generated.test.ts holds. */

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** The fenced blocks of a language. */
function blocksOf(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block = '']) => block,
  );
}

const commands = blocksOf('sh').flatMap((block) => block.trim().split('\n'));
const lines = commands.filter((line) => line.startsWith('npx onnx-margin '));

/** The words of a command line as a shell gives them, without quotes, and with files written into a scratch folder rather than where it says. */
function wordsOf(line: string, folder: string): string[] {
  return line
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))
    .map((word) => (/^(demo-)?out(\/|$)/.test(word) ? join(folder, word) : word));
}

/** Text in which numbers are not told apart: they differ from machine to machine. */
function masked(text: string): string {
  return text
    .replace(/[+-]?\d+(\.\d+)?(e[+-]?\d+)?/g, '#')
    .replace(/ +/g, ' ')
    .trim();
}

describe('the README', () => {
  it('shows commands', () => {
    expect(lines.length).toBeGreaterThan(3);
  });

  it.each(lines)('%s', async (line) => {
    const { code, err } = await runMain(...wordsOf(line.replace('npx onnx-margin ', ''), scratchFolder()));
    expect(code, err).toBe(0);
  });

  it('names scripts that are there', () => {
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('shows what the demo prints', async () => {
    const folder = scratchFolder();
    const [, words = ''] = /node bin\/onnx-margin\.js (.*)$/.exec(scripts['demo'] ?? '') ?? [];
    const { code, out } = await runMain(...wordsOf(`${words} --provider cpu`, folder));
    expect(code).toBe(0);
    const [, shown = ''] = /<!-- demo -->\s*```\w*\n(.*?)```\s*<!-- \/demo -->/s.exec(readme) ?? [];
    expect(masked(shown)).toBe(masked(out.replaceAll(`${folder}/`, '')));
  });

  it('shows the picture that its command draws', async () => {
    const folder = scratchFolder();
    const [line = ''] = lines.filter((each) => each.endsWith('.svg'));
    await runMain(...wordsOf(line.replace('npx onnx-margin ', ''), folder));
    const drawn = readFileSync(join(folder, 'out/margins.svg'), 'utf8');
    expect(readFileSync(join(root, 'docs/margins.svg'), 'utf8')).toBe(drawn);
  });

  it.each(blocksOf('js'))('has an API that works as shown: %#', (example) => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/onnx-margin'));
    symlinkSync(join(root, 'node_modules/onnx-proto'), join(folder, 'node_modules/onnx-proto'));
    copyFileSync(fixtureModel('digits-cnn'), join(folder, 'classifier.onnx'));
    copyFileSync(fixture('data/digits-test-images.npy'), join(folder, 'images.npy'));
    copyFileSync(fixture('data/digits-test-labels.npy'), join(folder, 'labels.npy'));
    const message = `import { readFileSync } from 'node:fs';
      import proto from 'onnx-proto';
      const message = proto.onnx.ModelProto.decode(readFileSync('classifier.onnx'));\n`;
    writeFileSync(join(folder, 'example.mjs'), (example.includes('message') ? message : '') + example);
    const { status, stderr } = spawnSync(process.execPath, ['example.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(existsSync(join(folder, 'classifier.infer.onnx'))).toBe(true);
  });

  it.each([...new Set([0, ...Object.values(EXIT_CODES), 70])])('tells what exit code %d means', (code) => {
    expect(readme).toMatch(new RegExp(`^\\| ${code} \\| \\w`, 'm'));
  });
});
