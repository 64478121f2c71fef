import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COUNT, contentsIn, freshFolder, runCommand, stateOf } from '../helpers/faults.ts';
import { scratchFolder } from '../helpers/scratch.ts';

it('a picture takes the place of another whole or not at all, whenever it is killed', async () => {
  const root = scratchFolder();
  const [work, old] = [join(root, 'work'), join(root, 'old')];
  const out = join(work, 'out');
  const plot = (head: string) => ['plot', head, '-o', 'out/new/head.svg', '--force'];
  freshFolder(work, null);
  expect((await runCommand(work, plot('cosface'))).code).toBe(0);
  cpSync(out, old, { recursive: true });
  const { calls } = await runCommand(work, plot('arcface'), COUNT);
  const [before, after] = [contentsIn(old), contentsIn(out)];
  const seen = new Set<string>();
  for (let at = 2; at <= calls.all; at += 4) {
    freshFolder(work, old);
    const { signal } = await runCommand(work, plot('arcface'), { what: 'kill', at });
    expect(signal).toBe('SIGKILL');
    const { files, odd } = stateOf(out, before, after);
    expect({ at, odd }).toEqual({ at, odd: [] });
    seen.add(files);
    expect((await runCommand(work, plot('arcface'))).code).toBe(0);
    expect({ at, ...stateOf(out, before, after) }).toEqual({ at, files: 'new', left: [], odd: [] });
  }
  expect(seen).toEqual(new Set(['old', 'new']));
});
