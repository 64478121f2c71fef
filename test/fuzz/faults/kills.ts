import type { Fault } from '../../helpers/faults.ts';
import { check, say, tally } from './findings.ts';
import { numbersTo } from './numbers.ts';
import type { Place } from './place.ts';

/** Kills before changes to the disk. */
export const atCalls = (list: readonly number[]): readonly Fault[] =>
  list.map((at) => ({ what: 'kill', at }));

/** Kills at random moments, in the time that the command takes. */
export const atRandom = ({ usual: { seconds } }: Place, count: number): readonly Fault[] =>
  numbersTo(count).map(() => ({ what: 'kill', after: Math.random() * seconds * 1000 }));

/** Kills; the next run must find its way, also one that is not to overwrite. */
export async function kills(at: Place, list: readonly Fault[]): Promise<void> {
  const seen = tally();
  let left = 0;
  for (const each of list) {
    const name = JSON.stringify(each);
    const ran = await at.attempt(each);
    seen.add(ran.signal === 'SIGKILL' ? ran.files : 'done before');
    check(ran.odd.length === 0, `${name}: half or foreign files ${ran.odd}`);
    if (ran.files === 'mixed') {
      await at.run('newer', undefined, []);
      check(at.look().files === 'old', `${name}: not taken back`);
    }
    if (ran.left.length + at.scratch().length === 0) continue;
    left++;
    const { code, err } = await at.run('newer');
    const then = { ...at.look(), scratch: at.scratch() };
    const fine = code === 0 && then.files === 'new' && then.left.length + then.scratch.length === 0;
    check(fine, `${name}: the next run ended with ${code}, ${JSON.stringify(then)}, ${err}`);
  }
  say(
    `  ${list.length} kills: files then ${seen.text()}; ${left} left temporary files, which the next run removed`,
  );
}
