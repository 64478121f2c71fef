import { isMarginError, MarginError } from '../errors.ts';
import type { CheckOptions, FixtureCheck } from '../index.ts';
import { defineCommand } from './command.ts';
import { writeJson } from './io.ts';
import { pick } from './option.ts';
import { JSON_OPTION, RUNNING } from './options.ts';
import { errorReport, printError } from './print-error.ts';
import { printCheck, printSummary } from './print-fixture.ts';
import { withProgress } from './progress.ts';

const REPLAYING = {
  model: {
    kind: 'text',
    placeholder: 'FILE',
    help: 'the model that was rewritten, where it is not where the recipe says',
  },
  provider: RUNNING.provider,
  requireGpu: RUNNING.requireGpu,
  timeout: RUNNING.timeout,
} as const;

/** A fixture that was replayed, or could not be. */
export type Outcome = FixtureCheck | { readonly folder: string; readonly error: MarginError };

export const fixtureCheck = defineCommand({
  name: 'fixture check',
  describe:
    'replays recordings and says what has moved: a number, a shape, a name, a type, a byte of a graph',
  positionals: { dir: { help: 'a folder that fixture record wrote', many: true } },
  options: { ...REPLAYING, ...JSON_OPTION },
  parameters: {},
  examples: [
    'fixture check fixtures/classifier',
    'fixture check fixtures/a fixtures/b --provider webgpu --json',
  ],
  async run({ positionals: { dir: folders }, options }, { out, err }) {
    const { checkFixture } = await import('../index.ts');
    const outcomes: Outcome[] = [];
    for (const folder of folders) {
      const outcome = await withProgress(err, (step) => {
        step(`reading ${folder}`);
        return outcomeOf(checkFixture, folder, { ...pick(options, REPLAYING), onProgress: step });
      });
      outcomes.push(outcome);
      if (options.json) continue;
      if ('error' in outcome) printError(outcome.error, err);
      else printCheck(outcome, out);
    }
    const error = errorOf(outcomes);
    if (options.json) writeJson(out, reportOf(outcomes, error));
    else {
      if (folders.length > 1) printSummary(outcomes, out);
      if (error?.code === 'MISMATCH') printError(error, err);
    }
    return error?.exitCode ?? 0;
  },
});

/** A fixture that is damaged does not keep the others from being checked; a device that is not there does. */
async function outcomeOf(
  check: (folder: string, options: CheckOptions) => Promise<FixtureCheck>,
  folder: string,
  options: CheckOptions,
): Promise<Outcome> {
  try {
    return await check(folder, options);
  } catch (error) {
    if (!isMarginError(error) || error.code === 'PROVIDER_ABSENT') throw error;
    return { folder, error };
  }
}

/** What the whole ends in: the first fixture that could not be replayed, else the finding that something has moved. */
function errorOf(outcomes: readonly Outcome[]): MarginError | null {
  const moved: FixtureCheck[] = [];
  for (const outcome of outcomes) {
    if ('error' in outcome) return outcome.error;
    if (!outcome.ok) moved.push(outcome);
  }
  const [first] = moved;
  if (first === undefined) return null;
  return new MarginError({
    code: 'MISMATCH',
    message: `${moved.length} of ${outcomes.length} fixtures ${moved.length === 1 ? 'is' : 'are'} not as recorded.`,
    saw: `${first.folder}: ${first.differences[0]?.message ?? ''}`,
    expected: 'what was recorded',
    tryThis: ['onnx-margin fixture record … --force, where the change is meant'],
  });
}

function reportOf(outcomes: readonly Outcome[], error: MarginError | null) {
  const fixtures = outcomes.map((outcome) =>
    'error' in outcome ? { folder: outcome.folder, ok: false, error: errorReport(outcome.error) } : outcome,
  );
  return { ok: error === null, fixtures, ...(error && { error: errorReport(error) }) };
}
