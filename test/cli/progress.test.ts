import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { withProgress } from '#cli/progress.js';
import { keepingSink } from '../helpers/run-main.ts';

it('tells of long steps while they run, of blocking ones afterwards, and not of short ones', async () => {
  const { sink, text } = keepingSink();
  const result = await withProgress(sink, async (step) => {
    step('a short one');
    await setTimeout(5);
    step('a long one');
    await setTimeout(600);
    expect(text()).toBe('a long one …\n');
    step('one that blocks');
    const end = performance.now() + 600;
    while (performance.now() < end);
    return 7;
  });
  expect(result).toBe(7);
  expect(text()).toMatch(/^a long one …\none that blocks: 0\.\d s\n$/);
});

it('says no more once the work has failed', async () => {
  const { sink, text } = keepingSink();
  const work = withProgress(sink, async (step) => {
    step('a step');
    throw new Error('failed');
  });
  await expect(work).rejects.toThrow('failed');
  await setTimeout(600);
  expect(text()).toBe('');
});
