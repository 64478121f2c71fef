import { expect, it } from 'vitest';
import { orUndo } from '#cli/undo.js';

const step = (name: string, done: string[]) => async () => void done.push(name);

it('an error takes back every step, the last one first', async () => {
  const done: string[] = [];
  const work = orUndo(async (undo) => {
    undo(step('folder', done));
    undo(step('file', done));
    throw new Error('no more room');
  });
  await expect(work).rejects.toThrow('no more room');
  expect(done).toEqual(['file', 'folder']);
});

it('a good end takes nothing back, and listens no longer', async () => {
  const done: string[] = [];
  const before = process.listenerCount('SIGINT');
  expect(
    await orUndo(async (undo) => {
      undo(step('file', done));
      return 7;
    }),
  ).toBe(7);
  expect(done).toEqual([]);
  expect(process.listenerCount('SIGINT')).toBe(before);
});
