import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recordFixture } from '#fixture/record.js';
import { readModel } from '#model/read.js';
import { removeFolder, stageFolder } from '#model/stage-folder.js';
import { lastCheckpoint, readCheckpoint, writeCheckpoint } from '#train/checkpoint.js';
import {
  COUNT,
  contentsIn,
  type Fault,
  freshFolder,
  runCommand,
  runScript,
  stateOf,
} from '../helpers/faults.ts';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { digitsWords } from '../helpers/training.ts';

/* Folders that take the place of others, by processes that are killed. */

/** Puts `train` and a recipe in the place of what a recording may replace. */
const EXCHANGE = `
  import { mkdirSync, writeFileSync } from 'node:fs';
  import { OURS } from '#fixture/layout.js';
  import { removeFolder, stageFolder } from '#model/stage-folder.js';
  const { path, commit } = await stageFolder('out/f', { replaces: OURS });
  mkdirSync(path + '/train');
  for (const name of ['/train/x', '/fixture.json']) writeFileSync(path + name, 'new');
  commit();`;

/** What lies there before: `infer`, a recipe, and a file of somebody else. */
function fillOld(folder: string): void {
  mkdirSync(join(folder, 'f/infer'), { recursive: true });
  for (const name of ['infer/x', 'fixture.json', 'README']) writeFileSync(join(folder, 'f', name), name);
}

it('a recording takes the place of another whole or not at all, whenever it is killed', async () => {
  const root = scratchFolder();
  const [work, old] = [join(root, 'work'), join(root, 'old')];
  fillOld(old);
  freshFolder(work, old);
  const { calls, code } = await runScript(work, EXCHANGE, COUNT);
  expect(code).toBe(0);
  const [before, after] = [contentsIn(old), contentsIn(join(work, 'out'))];
  expect(Object.keys(after).sort()).toEqual(['f/README', 'f/fixture.json', 'f/train/x']);
  const seen: string[] = [];
  for (let at = 1; at <= calls.all; at++) {
    freshFolder(work, old);
    const { signal } = await runScript(work, EXCHANGE, { what: 'kill', at });
    expect(signal).toBe('SIGKILL');
    const { files, odd } = stateOf(join(work, 'out'), before, after);
    expect({ at, odd }).toEqual({ at, odd: [] });
    // Whoever comes next, to put something there or not.
    const next = await stageFolder(join(work, 'out/f'), { replaces: ['fixture.json'] });
    await next.discard();
    const then = stateOf(join(work, 'out'), before, after);
    expect({ at, ...then }).toEqual({ at, files: expect.stringMatching(/old|new/), left: [], odd: [] });
    if (files !== 'new') expect({ at, files: then.files }).toEqual({ at, files: 'old' });
    seen.push(`${files} ${then.files}`);
  }
  // Nothing moved, some of it, everything but not for good, everything.
  expect([...new Set(seen)]).toEqual(['old old', 'mixed old', 'new old', 'new new']);
});

it('a recording that was moved out of the way by a process that was killed counts as there', async () => {
  const root = scratchFolder();
  const [work, old] = [join(root, 'work'), join(root, 'old')];
  const model = await readModel(fixtureModel('digits-cnn'));
  await recordFixture(model, join(old, 'f'), { head: 'arcface' }, { only: 'infer' });
  const place = join(work, 'out/f');
  const killed = async (at: number) => {
    freshFolder(work, old);
    await runScript(work, EXCHANGE, { what: 'kill', at });
    return existsSync(join(place, 'fixture.json'));
  };
  let at = 1;
  while (await killed(at)) at++;
  // One that is not to replace anything.
  expect((await refusalOf(() => recordFixture(model, place, { head: 'cosface' }))).code).toBe(
    'OUTPUT_EXISTS',
  );
  expect(contentsIn(join(work, 'out'))).toEqual(contentsIn(old));
  // One that is.
  await killed(at);
  await recordFixture(model, place, { head: 'cosface' }, { force: true, only: 'train' });
  expect(readdirSync(place)).toEqual(['fixture.json', 'train']);
  expect(readdirSync(join(work, 'out'))).toEqual(['f']);
});

/** Three checkpoints, each of which takes the place of the one before. */
const CHECKPOINTS = `
  import { writeCheckpoint } from '#train/checkpoint.js';
  for (const step of [1, 2, 3])
    await writeCheckpoint('out/t', { head: 'arcface' }, {
      step, losses: { sum: 0, count: 0 }, history: [], best: null,
      state: { weight: Float32Array.of(step, step), m: Float32Array.of(step) },
      shapes: { weight: [2], m: [1] },
      bestState: { weight: Float32Array.of(-step, step) },
    });`;

it('a training that is killed while it writes checkpoints goes on from a whole one', async () => {
  const work = join(scratchFolder(), 'work');
  const checkpoints = join(work, 'out/t');
  const run = (fault: Fault) => {
    freshFolder(work, null);
    return runScript(work, CHECKPOINTS, fault);
  };
  const { calls, code } = await run(COUNT);
  expect(code).toBe(0);
  const steps = new Set<number>();
  for (let at = 8; at <= calls.all; at += 8) {
    expect((await run({ what: 'kill', at })).signal).toBe('SIGKILL');
    const last = lastCheckpoint(checkpoints);
    if (last === null) continue;
    const { step, state, bestState } = readCheckpoint(last, { head: 'arcface' });
    steps.add(step);
    expect({ state, bestState }).toEqual({
      state: { weight: Float32Array.of(step, step), m: Float32Array.of(step) },
      bestState: { weight: Float32Array.of(-step, step) },
    });
    // The next one takes away all that is left.
    const { history, best, losses, shapes } = readCheckpoint(last, { head: 'arcface' });
    const next = { step: 9, state, bestState, history, best, losses, shapes };
    await writeCheckpoint(checkpoints, { head: 'arcface' }, next);
    expect({ at, names: readdirSync(checkpoints) }).toEqual({ at, names: ['step-00000009'] });
  }
  expect([...steps]).toEqual(expect.arrayContaining([1, 2]));
});

it('a folder goes at once, or has gone when the next one is to go', async () => {
  const work = join(scratchFolder(), 'work');
  const script = "import { removeFolder } from '#model/stage-folder.js'; removeFolder('out/t');";
  const fill = () => {
    freshFolder(work, null);
    mkdirSync(join(work, 'out/t'));
    for (const name of ['a', 'b']) writeFileSync(join(work, 'out/t', name), '');
  };
  fill();
  const { calls } = await runScript(work, script, COUNT);
  expect(readdirSync(join(work, 'out'))).toEqual([]);
  for (let at = 1; at <= calls.all; at++) {
    fill();
    await runScript(work, script, { what: 'kill', at });
    const there = readdirSync(join(work, 'out')).includes('t');
    if (there) expect(readdirSync(join(work, 'out/t'))).toEqual(['a', 'b']);
    removeFolder(join(work, 'out/t'));
    expect(readdirSync(join(work, 'out'))).toEqual([]);
  }
});

it('a training whose checkpoints cannot be removed has done all the same, and says so', async () => {
  const work = join(scratchFolder(), 'work');
  freshFolder(work, null);
  const words = digitsWords('out', '--epochs', '1', '--no-validate', '--json');
  const { code, out, err } = await runCommand(work, words, { what: 'EBUSY', at: 'folders' });
  expect(code, err).toBe(0);
  const { warnings } = JSON.parse(out);
  expect(warnings.at(-1)).toEqual({
    code: 'CHECKPOINTS_LEFT',
    message: expect.stringMatching(/could not be removed: .*digits-cnn\.training: EBUSY/),
  });
  expect(readdirSync(join(work, 'out'))).toContain('digits-cnn.infer.onnx');
});
