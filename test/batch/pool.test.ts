import { expect, it } from 'vitest';
import { pooled } from '#batch/pool.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('gives results in order, and never does more at a time than it may', async () => {
  let [now, most] = [0, 0];
  const results = await pooled([5, 1, 4, 2, 3], 2, async (turns, index) => {
    most = Math.max(most, ++now);
    for (let i = 0; i < turns; i++) await turn();
    now--;
    return index * 10 + turns;
  });
  expect(results).toEqual([5, 11, 24, 32, 43]);
  expect(most).toBe(2);
});

it('begins nothing after an error, and waits for what was under way', async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = pooled([0, 1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('no more');
    await turn();
    await turn();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('no more');
  expect(begun).toEqual([0, 1]);
  expect(ended).toEqual([0]);
});

it('does nothing where there is nothing to do', async () => {
  expect(await pooled([], 3, async () => 1)).toEqual([]);
});
