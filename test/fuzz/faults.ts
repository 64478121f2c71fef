import { onDisk } from './faults/disks.ts';
import { failures } from './faults/failures.ts';
import { say, summedUp } from './faults/findings.ts';
import { atCalls, atRandom, kills } from './faults/kills.ts';
import { mostlyNear, numbersTo } from './faults/numbers.ts';
import {
  type Place,
  picture,
  placeFor,
  RECORDING,
  REWRITE,
  VALIDATED,
  type Writing,
} from './faults/place.ts';
import { changingSource } from './faults/sources.ts';
import { together } from './faults/together.ts';
import { killedTrainings } from './faults/trainings.ts';

/*
 * `npm run faults`: commands over files of earlier ones that are killed at each thing that they do to the disk and at
 * random moments, whose calls fail, two at a time, onto disks that are full or may only be read; sources that change, and
 * trainings that are killed. Ends with 1 where old files were harmed, half a file lay under a final name, or the next run
 * did not put things right. `npm run faults -- random 50` for one part, so often.
 */

const [only, many] = process.argv.slice(2);
const often = (usual: number) => Number(many ?? usual);
const CODES = ['ENOSPC', 'EIO', 'EACCES'];

/** What is done where a command has written before. */
const over = (writing: Writing, work: (at: Place) => Promise<void>) => async (name: string) => {
  const at = await placeFor(name, writing);
  const { all, failing } = at.usual.calls;
  say(`  ${all} changes to the disk, ${failing} of them can fail`);
  await work(at);
};

/** Kills and failures at all calls that put things into place, and at some of the many that write one file after another. */
async function some(at: Place): Promise<void> {
  const { calls, moved } = at.usual;
  await kills(at, atCalls(mostlyNear(calls.all, moved.all, 20)));
  await failures(at, ['ENOSPC'], mostlyNear(calls.failing, moved.failing, 20));
}

/** Kills before each call. */
const killsAtAll = (at: Place) => kills(at, atCalls(numbersTo(at.usual.calls.all)));

const PARTS: Readonly<Record<string, (name: string) => Promise<void>>> = {
  calls: over(REWRITE, killsAtAll),
  random: over(REWRITE, (at) => kills(at, atRandom(at, often(200)))),
  failures: over(REWRITE, (at) => failures(at, CODES)),
  together: over(REWRITE, (at) => together(at, often(20))),
  disks: over(REWRITE, async (at) => {
    await onDisk(at, '', 'a disk that is full');
    await onDisk(at, 'ro', 'a disk that may only be read');
  }),
  // ONNX Runtime is started for each of these.
  validated: over(VALIDATED, some),
  recordings: over(RECORDING, some),
  svg: over(picture('svg'), async (at) => {
    await killsAtAll(at);
    await failures(at, CODES);
  }),
  png: over(picture('png'), async (at) => {
    await kills(at, atRandom(at, often(40)));
  }),
  sources: () => changingSource(often(60)),
  trainings: () => killedTrainings(often(40)),
};

for (const [name, part] of Object.entries(PARTS).filter(([name]) => only === undefined || name === only)) {
  say(name);
  await part(name);
}
process.exitCode = summedUp();
