import { isMarginError, type MarginError } from '#errors.js';

/** The refusal that some work ends in; it is a fault if the work succeeds, or fails otherwise. */
export async function refusalOf(work: () => unknown): Promise<MarginError> {
  try {
    await work();
  } catch (error) {
    if (isMarginError(error)) return error;
    throw error;
  }
  throw new Error('this was not refused');
}
