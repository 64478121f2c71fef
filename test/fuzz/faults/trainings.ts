import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lastCheckpoint } from '#train/checkpoint.js';
import { COUNT, contentsIn, freshFolder, runCommand } from '../../helpers/faults.ts';
import { digitsWords } from '../../helpers/training.ts';
import { check, say, tally } from './findings.ts';
import { ROOT } from './place.ts';

const WORDS = digitsWords('out', '--epochs', '6', '--checkpoint-every', '0', '--no-validate');

/** Kills before changes to the disk of a training that writes a checkpoint an epoch; it is gone on with then. */
export async function killedTrainings(many: number): Promise<void> {
  const work = join(ROOT, 'trainings');
  const [out, checkpoints] = [join(work, 'out'), join(work, 'out/digits-cnn.training')];
  freshFolder(work, null);
  const { calls, code, err } = await runCommand(work, WORDS, COUNT);
  if (code !== 0) throw new Error(err);
  const whole = contentsIn(out);
  const graphs = Object.keys(whole).filter((name) => name.endsWith('.onnx'));
  const seen = tally();
  for (let round = 0; round < many; round++) {
    const at = 1 + Math.floor(Math.random() * calls.all);
    freshFolder(work, null);
    const killed = await runCommand(work, WORDS, { what: 'kill', at });
    check(killed.signal === 'SIGKILL', `a training killed at ${at}: ${killed.code}, ${killed.err}`);
    const last = existsSync(checkpoints) ? lastCheckpoint(checkpoints) : null;
    seen.add(last === null ? 'from the start' : `from ${last.slice(-'step-00000000'.length)}`);
    const again = await runCommand(work, [...WORDS, '--force', ...(last === null ? [] : ['--resume'])]);
    const now = contentsIn(out);
    const fine =
      again.code === 0 &&
      graphs.every((name) => now[name] === whole[name]) &&
      Object.keys(now).length === Object.keys(whole).length &&
      readdirSync(join(work, 'tmp')).length === 0;
    const there = readdirSync(work, { recursive: true }).join(' ');
    check(fine, `a training killed at ${at} of ${calls.all}: then ${again.code}, ${again.err}, ${there}`);
  }
  say(`  ${many} kills at random of ${calls.all} changes to the disk, then the same graphs: ${seen.text()}`);
}
