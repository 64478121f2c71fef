import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModels } from '#model/find-models.js';
import { baseOf, globExpression } from '#model/glob.js';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const FILES = [
  'a.onnx',
  'b.ONNX',
  'notes.txt',
  'deep/a.onnx',
  'deep/er/c.onnx',
  '.hidden/d.onnx',
  '[x].onnx',
];

function folderOfModels(): string {
  const folder = scratchFolder();
  for (const name of FILES) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  return folder;
}

function found(folder: string, ...words: readonly string[]) {
  return findModels(words.map((word) => join(folder, word))).map(
    ({ path, folder: below }) => `${path.slice(folder.length + 1)} in ${below || '.'}`,
  );
}

describe('models are found', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['by name', ['deep/a.onnx'], ['deep/a.onnx in .']],
    ['by a name that looks like a pattern', ['[x].onnx'], ['[x].onnx in .']],
    ['by name, whatever it is', ['notes.txt'], ['notes.txt in .']],
    [
      'in a folder at any depth',
      ['.'],
      ['[x].onnx in .', 'a.onnx in .', 'b.ONNX in .', 'deep/a.onnx in deep', 'deep/er/c.onnx in deep/er'],
    ],
    ['by a pattern', ['*.onnx'], ['[x].onnx in .', 'a.onnx in .']],
    ['by words in a pattern', ['{a,b}.{onnx,ONNX}'], ['a.onnx in .', 'b.ONNX in .']],
    [
      'by a pattern at any depth',
      ['**/?.onnx'],
      ['a.onnx in .', 'deep/a.onnx in deep', 'deep/er/c.onnx in deep/er'],
    ],
    ['once', ['deep', 'deep/a.onnx', 'deep/**'], ['deep/a.onnx in .', 'deep/er/c.onnx in er']],
    ['in folders that lie side by side', ['deep/er', 'a.onnx'], ['deep/er/c.onnx in deep/er', 'a.onnx in .']],
  ])('%s', (_, words, expected) => {
    expect(found(folderOfModels(), ...words)).toEqual(expected);
  });

  it('and links to folders are not followed round in circles', () => {
    const folder = folderOfModels();
    symlinkSync('..', join(folder, 'deep/up'));
    symlinkSync('a.onnx', join(folder, 'linked.onnx'));
    expect(found(folder, '.')).toContain('linked.onnx in .');
    expect(found(folder, '.')).toHaveLength(6);
  });

  it.each([['gone.onnx'], ['*.nothing'], ['.hidden/none']])('or refused: %s', async (word) => {
    const folder = folderOfModels();
    const refusal = await refusalOf(() => findModels([join(folder, word)]));
    expect(refusal.code).toBe('UNREADABLE_MODEL');
    expect(refusal.message).toContain(word);
  });
});

describe('a pattern', () => {
  it.each([
    ['a/*/c.onnx', 'a'],
    ['*.onnx', '.'],
    ['/models/*.onnx', '/models'],
    ['/*.onnx', '/'],
  ])('%s starts in %s', (pattern, base) => {
    expect(baseOf(pattern)).toBe(base);
  });

  it.each([
    ['a.onnx', 'aXonnx', false],
    ['*.onnx', 'a/b.onnx', false],
    ['a/**', 'a/b/c.onnx', true],
    ['a/**/c', 'a/c', true],
    ['a/**/c', 'ab/c', false],
    ['(+)^$|?', '(+)^$|x', true],
    ['{a,b*}/c', 'bb/c', true],
    ['{a', '{a', true],
  ])('%s and %s: %s', (pattern, path, fits) => {
    expect(globExpression(pattern).test(path)).toBe(fits);
  });
});
