import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageFolder } from '#model/stage-folder.js';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';

const fill = (folder: string, ...names: readonly string[]) => {
  for (const name of names) writeFileSync(join(folder, name), 'new');
};

describe('a folder', () => {
  it('is not there before it is whole', async () => {
    const target = join(scratchFolder(), 'a/b');
    const staged = await stageFolder(target);
    fill(staged.path, 'x');
    expect(contentsOf(join(target, '..'))).toEqual(
      contentsOf(join(target, '..')).filter((n) => n.startsWith('.')),
    );
    staged.commit();
    expect(contentsOf(join(target, '../..'))).toEqual(['a', 'a/b', 'a/b/x']);
    await staged.discard();
    expect(contentsOf(target)).toEqual(['x']);
  });

  it('that is discarded leaves nothing, not even the folders on the way', async () => {
    const root = scratchFolder();
    const staged = await stageFolder(join(root, 'a/b'));
    fill(staged.path, 'x');
    await staged.discard();
    expect(contentsOf(root)).toEqual([]);
  });

  it.each([
    ['an empty folder', (target: string) => mkdirSync(target)],
    [
      'a link to one',
      (target: string) => {
        mkdirSync(`${target}.real`);
        symlinkSync(`${target}.real`, target);
      },
    ],
  ])('takes the place of %s', async (_, make) => {
    const target = join(scratchFolder(), 'a');
    make(target);
    const staged = await stageFolder(target);
    fill(staged.path, 'x');
    staged.commit();
    expect(contentsOf(target)).toEqual(['x']);
  });

  it('takes the place of nothing else', async () => {
    const root = scratchFolder();
    writeFileSync(join(root, 'file'), 'mine');
    mkdirSync(join(root, 'full'));
    writeFileSync(join(root, 'full/x'), 'mine');
    for (const name of ['file', 'full'])
      expect((await refusalOf(() => stageFolder(join(root, name)))).code).toBe('OUTPUT_EXISTS');
    expect(contentsOf(root)).toEqual(['file', 'full', 'full/x']);
  });

  it('replaces what it may, and puts it back where something else is in the way', async () => {
    const root = scratchFolder();
    const target = join(root, 'a');
    mkdirSync(target);
    for (const name of ['x', 'y', 'z']) writeFileSync(join(target, name), 'old');
    const replaces = { replaces: ['x', 'y'] };
    const blocked = await stageFolder(target, replaces);
    fill(blocked.path, 'x', 'z');
    expect((await refusalOf(() => blocked.commit())).code).toBe('OUTPUT_EXISTS');
    await blocked.discard();
    expect(contentsOf(root)).toEqual(['a', 'a/x', 'a/y', 'a/z']);
    expect(['x', 'y', 'z'].map((name) => readFileSync(join(target, name), 'utf8'))).toEqual([
      'old',
      'old',
      'old',
    ]);
    const staged = await stageFolder(target, replaces);
    fill(staged.path, 'x');
    staged.commit();
    expect(contentsOf(root)).toEqual(['a', 'a/x', 'a/z']);
    expect(readFileSync(join(target, 'x'), 'utf8')).toBe('new');
  });
});
