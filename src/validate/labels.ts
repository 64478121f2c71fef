import { MarginError } from '../errors.ts';
import { uniformNumbers } from '../random.ts';

/** Refuses labels that are no class and not the one that is ignored. @throws MarginError BAD_DATA */
export function checkLabels(
  labels: readonly (readonly number[])[],
  classes: number,
  ignoreIndex: number,
): void {
  for (const label of labels.flat()) {
    if ((label >= 0 && label < classes) || label === ignoreIndex) continue;
    throw new MarginError({
      code: 'BAD_DATA',
      message: 'There is a label that is none of the classes.',
      saw: `label ${label}`,
      expected: `0 to ${classes - 1}, or ${ignoreIndex} for what does not count`,
      tryThis: ['count classes from 0', `--ignore-index ${label}, if that is what it means`],
    });
  }
}

/** Seeded labels, `counts` of them in each batch: the first and the last class, one that is ignored, then any. */
export function drawLabels(
  counts: readonly number[],
  classes: number,
  ignoreIndex: number,
  seed: number,
): number[][] {
  const draw = uniformNumbers(seed + 1);
  const special = [0, classes - 1, ignoreIndex];
  return counts.map((count) =>
    Array.from({ length: count }, (_, i) => {
      const drawn = Math.ceil(draw() * classes) - 1;
      return count > special.length ? (special[i] ?? drawn) : drawn;
    }),
  );
}
