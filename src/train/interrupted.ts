import { MarginError } from '../errors.ts';
import { lastCheckpoint } from './checkpoint.ts';

/** The error of a training that was told to stop; it says what of it is kept. */
export function interrupted(checkpoints: string | undefined, when: string): MarginError {
  const last = checkpoints === undefined ? null : lastCheckpoint(checkpoints);
  return new MarginError({
    code: 'INTERRUPTED',
    message:
      last === null
        ? 'Training was interrupted, and nothing of it is kept.'
        : `Training was interrupted; what it had learned is kept: ${last}.`,
    saw: `a signal ${when}`,
    expected: 'time until the last epoch',
    tryThis: last === null ? ['begin anew'] : ['the same command with --resume goes on'],
  });
}
