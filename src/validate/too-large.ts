import { MarginError } from '../errors.ts';

/**
 * Numbers of class rows that are checked at most. The reference holds them in float64 and every angle of every sample in
 * a list: for so many and some sixty samples about 3 GB by their sizes; beyond, Node's heap would not hold them.
 */
const MOST = 2 ** 26;

/** Refuses a head whose numbers are too many to be checked. `rows` counts all centres. @throws MarginError UNSUPPORTED_MODEL */
export function refuseTooLarge(rows: number, dim: number): void {
  if (rows * dim <= MOST) return;
  throw new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: 'The head is too large for its numbers to be checked here; nothing was checked.',
    saw: `${rows} class rows of ${dim} numbers`,
    expected: `at most ${MOST} numbers in all, which the reference holds in float64`,
    tryThis: [
      '--no-validate to write the graphs unchecked',
      'the same head on a layer of fewer classes: apart from sizes its graphs have the same nodes',
    ],
  });
}
