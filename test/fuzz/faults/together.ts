import { check, say, tally } from './findings.ts';
import type { Place } from './place.ts';

/** Two at once into one folder. */
export async function together(at: Place, rounds: number): Promise<void> {
  const won = tally();
  for (let round = 0; round < rounds; round++) {
    const pair = await Promise.all([at.run('older'), at.run('newer')]);
    const { files, left } = at.look();
    won.add(files);
    check(
      files !== 'mixed' && left.length === 0 && pair.every(({ code }) => code === 0),
      `two at once: ${files}`,
    );
  }
  say(`  ${rounds} times two at once: ${won.text()}`);
}
