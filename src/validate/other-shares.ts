import type { Sample } from '../heads/sample.ts';
import { uniformNumbers } from '../random.ts';

/** By which parts of what a cosine may be off samples are moved. */
export const LEVELS = [-1, -0.5, 0, 0.5, 1] as const;

/** How often the order of a batch is drawn anew: a share that one order in 30 gives is hardly ever missed. */
const DRAWS = 256;

/**
 * Noise may be shared out by the order of the cosines, and that order is open where some are as near to each other as they
 * may be off. `levels` holds the batch moved by each of `LEVELS`; each sample is taken from any of them, again and again.
 * What comes of it is every sample of `samples` that gets another share by that, once for each share.
 */
export function* otherShares(
  samples: readonly Sample[],
  levels: readonly (readonly Sample[])[],
  share: (list: readonly Sample[]) => readonly Sample[],
): Generator<readonly [index: number, sample: Sample]> {
  const draw = uniformNumbers(0);
  const seen = samples.map(({ taken }) => new Set([JSON.stringify(taken)]));
  for (let i = 0; i < DRAWS; i++) {
    const list = samples.map((sample, at) => levels[Math.ceil(draw() * levels.length) - 1]?.[at] ?? sample);
    for (const [at, { taken }] of share(list).entries()) {
      const [settled, shares, text] = [samples[at], seen[at], JSON.stringify(taken)];
      if (settled === undefined || shares === undefined || shares.has(text)) continue;
      shares.add(text);
      yield [at, { ...settled, taken }];
    }
  }
}
