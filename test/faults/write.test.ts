import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  COUNT,
  contentsIn,
  type Fault,
  freshFolder,
  rewriteInto,
  runScript,
  stateOf,
} from '../helpers/faults.ts';
import { scratchFolder } from '../helpers/scratch.ts';

/* The short form of `npm run faults`. */

/** A folder to work in, and what a rewrite with one head and with another leaves there. */
async function prepared() {
  const root = scratchFolder();
  const [work, old] = [join(root, 'work'), join(root, 'old')];
  freshFolder(work, null);
  expect((await rewriteInto(work, 'cosface')).code).toBe(0);
  cpSync(join(work, 'out'), old, { recursive: true });
  const before = contentsIn(old);
  const { calls } = await rewriteInto(work, 'arcface', COUNT);
  const after = contentsIn(join(work, 'out'));
  expect(Object.keys(before)).toHaveLength(4);
  const look = () => stateOf(join(work, 'out'), before, after);
  return {
    ...{ work, look, calls: calls.all, others: calls.failing },
    async attempt(fault: Fault) {
      freshFolder(work, old);
      const ran = await rewriteInto(work, 'arcface', fault);
      return { ...ran, ...look() };
    },
    async again(flags?: readonly string[]) {
      const ran = await rewriteInto(work, 'arcface', undefined, flags);
      return {
        code: ran.code,
        ...stateOf(join(work, 'out'), before, after),
        scratch: readdirSync(join(work, 'tmp')),
      };
    },
  };
}

it('a process that is killed while it writes leaves old files or new ones, and the next one cleans up', async () => {
  const { calls, attempt, again } = await prepared();
  expect(calls).toBeGreaterThan(20);
  const seen = new Set<string>();
  // The last calls are where files are moved into their places.
  for (let at = calls - 18; at <= calls; at += 3) {
    const { signal, files, odd } = await attempt({ what: 'kill', at });
    expect({ at, signal, odd }).toEqual({ at, signal: 'SIGKILL', odd: [] });
    seen.add(files);
  }
  expect([...seen]).toContain('mixed');
  expect(await again()).toEqual({ code: 0, files: 'new', left: [], odd: [], scratch: [] });
});

it('what a killed process began is taken back by the next one before it looks at what is there', async () => {
  const { calls, attempt, again } = await prepared();
  for (let at = calls - 16; at <= calls; at++) {
    const { files } = await attempt({ what: 'kill', at });
    if (files !== 'mixed') continue;
    // This one is refused: it is not to overwrite.
    const { code, files: now, odd } = await again([]);
    expect({ code, now, odd }).toEqual({ code: 5, now: 'old', odd: [] });
    return;
  }
  throw new Error('no process was killed between two files');
});

it.each(['ENOSPC', 'EIO', 'EACCES'])(
  '%s of any call leaves what was there, and nothing else',
  async (what) => {
    const { others, attempt } = await prepared();
    for (const share of [0.4, 0.9]) {
      const at = Math.round(others * share);
      const { code, err, files, left, odd } = await attempt({ what, at });
      expect({ at, odd, left }).toEqual({ at, odd: [], left: [] });
      expect(files).toBe(code === 0 ? 'new' : 'old');
      if (code !== 0)
        expect(err).toMatch(/WRITE_FAILED .* nothing was written, and what was there is as it was/);
    }
  },
);

/* It is opened, written, and linked to its name. */
it.each([1, 2, 3])('a journal whose call %i fails does not stay', async (at) => {
  const work = join(scratchFolder(), 'work');
  freshFolder(work, null);
  const script = "import { beginJournal } from '#model/journal.js'; beginJournal('out', [])();";
  const { code, err } = await runScript(work, script, { what: 'ENOSPC', at });
  // A disk without links has another way.
  expect({ at, code }).toEqual({ at, code: at === 3 ? 0 : 1 });
  if (code !== 0) expect(err).toContain('the disk is full');
  expect(readdirSync(join(work, 'out'))).toEqual([]);
});

it('two at once into one folder do not mix', async () => {
  const { work, look } = await prepared();
  for (let round = 0; round < 3; round++) {
    const [a, b] = await Promise.all([rewriteInto(work, 'cosface'), rewriteInto(work, 'arcface')]);
    expect([a.code, b.code]).toEqual([0, 0]);
    const { files, left } = look();
    expect(['old', 'new']).toContain(files);
    expect(left).toEqual([]);
  }
});
