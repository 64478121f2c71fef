import { batch } from './batch.ts';
import type { Command } from './command.ts';
import { fixtureCheck } from './fixture-check.ts';
import { fixtureRecord } from './fixture-record.ts';
import { heads } from './heads.ts';
import { inspect } from './inspect.ts';
import { plot } from './plot.ts';
import { rewrite } from './rewrite.ts';
import { train } from './train.ts';
import { validate } from './validate.ts';

/** Every command, in the order in which help shows them. A new one is a file and a line. */
export const COMMANDS: readonly Command[] = [
  rewrite,
  train,
  batch,
  inspect,
  heads,
  plot,
  validate,
  fixtureRecord,
  fixtureCheck,
];
