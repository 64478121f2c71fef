import { check, say, tally } from './findings.ts';
import { numbersTo } from './numbers.ts';
import type { Place } from './place.ts';

const SAID = /nothing was written, and what was there is as it was/;

/** Calls, all but those that remove something, fail once with each code. */
export async function failures(
  at: Place,
  codes: readonly string[],
  list = numbersTo(at.usual.calls.failing),
): Promise<void> {
  const ends = tally();
  for (const what of codes) {
    for (const call of list) {
      const { code, err, files, left, odd } = await at.attempt({ what, at: call });
      ends.add(`exit ${code}`);
      const scratch = at.scratch();
      const said = code === 0 || SAID.test(err);
      const fine =
        files === (code === 0 ? 'new' : 'old') &&
        left.length + odd.length + scratch.length === 0 &&
        (code === 0 || code === 5) &&
        said;
      check(fine, `${what} at ${call}: exit ${code}, ${files}, left ${[...left, ...scratch]}, ${err}`);
    }
  }
  say(`  ${codes.length * list.length} failing calls: ${ends.text()}`);
}
