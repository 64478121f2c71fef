/** Elements that any file may have computed. */
const SPARED = 2 ** 24;

/** How many times each stored element may be gone over: a weight is seldom behind more than ten operators. */
const TIMES = 32;

/**
 * Keeps the work on a constant in proportion to what is stored, for a file of 100 bytes can ask for any amount: what is
 * read raises what may be computed.
 */
export interface Work {
  /** So many elements were read. */
  read(elements: number): void;
  /** So many are to be computed. @throws RangeError where that is out of proportion */
  spend(elements: number): void;
}

export function boundedWork(): Work {
  let left = SPARED;
  return {
    read(elements) {
      left += TIMES * elements;
    },
    spend(elements) {
      left -= elements;
      if (!(left >= 0)) throw new RangeError('more numbers to compute than what is stored accounts for');
    },
  };
}
