import { getHeapStatistics } from 'node:v8';

/** How much may be promised before the heap is looked at again. */
const STEP = 1 << 22;

/** How much of the heap we may fill: the rest is for what is done with the model, and for the collector to breathe. */
const SHARE = 0.5;

/**
 * A guard against small files that are large in memory (an empty node takes 2 bytes there and a hundred here): called
 * before memory is used, it tells whether that much is left.
 */
export function memoryBudget(): (bytes: number) => boolean {
  let promised = 0;
  return (bytes) => {
    promised += bytes;
    if (promised < STEP) return true;
    const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
    const fits = used + promised < limit * SHARE;
    promised = 0;
    return fits;
  };
}

/** Messages that even a small file may hold, and how many bytes each further one must bring along: real ones have 20 and more. */
const SPARED = 1 << 16;
const LEAST_EACH = 16;

/** A guard against files of nothing but structure: called for each message, it tells whether a file of that size may have one more. */
export function messageBudget(fileSize: number): () => boolean {
  let left = SPARED + fileSize / LEAST_EACH;
  return () => left-- > 0;
}
