import { isMarginError, MarginError } from '../errors.ts';
import {
  type Checkpoint,
  lastCheckpoint,
  type Recipe,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { intervalOf, type TrainOptions } from './options.ts';

/**
 * The checkpoint to go on from; null to begin.
 * @throws MarginError BAD_USAGE where there is none or it is of another training, OUTPUT_EXISTS where one would be written over
 */
export function resumedFrom(
  { resume = false, checkpoints }: TrainOptions,
  recipe: Recipe,
): Checkpoint | null {
  const last = checkpoints === undefined ? null : lastCheckpoint(checkpoints);
  if (!resume) {
    if (last !== null) throw unfinished(last);
    return null;
  }
  if (last !== null) return readCheckpoint(last, recipe);
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'There is no checkpoint to go on from.',
    saw: checkpoints === undefined ? 'no folder of checkpoints' : `no checkpoint in ${checkpoints}`,
    expected: 'the folder of a training that was interrupted',
    tryThis: ['leave --resume out', 'the -o DIR that the training was begun with'],
  });
}

function unfinished(checkpoint: string): MarginError {
  return new MarginError({
    code: 'OUTPUT_EXISTS',
    message: `${checkpoint} is of a training that was not finished; nothing was written.`,
    saw: checkpoint,
    expected: 'a folder without checkpoints',
    tryThis: ['--resume to go on with it', 'another folder'],
  });
}

/** When checkpoints are written, and how. */
export function checkpointing(options: TrainOptions, recipe: Recipe) {
  const { checkpoints } = options;
  const every = intervalOf(options) * 1000;
  let last = Number.NEGATIVE_INFINITY;
  return {
    isDue: () => checkpoints !== undefined && performance.now() - last >= every,
    save: async (make: () => Promise<Checkpoint>) => {
      if (checkpoints === undefined) return;
      await writeCheckpoint(checkpoints, recipe, await make());
      last = performance.now();
    },
  };
}

/** An error of a training that has a checkpoint says where it is. */
export function withCheckpoint(error: unknown, { checkpoints }: TrainOptions): unknown {
  const last = checkpoints === undefined ? null : lastCheckpoint(checkpoints);
  if (!isMarginError(error) || last === null) return error;
  const { code, message, saw, expected, tryThis, cause } = error;
  return new MarginError({
    code,
    message: `${message} The last good checkpoint is kept: ${last}.`,
    ...(saw === undefined ? {} : { saw }),
    ...(expected === undefined ? {} : { expected }),
    tryThis,
    cause,
  });
}
