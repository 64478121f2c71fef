import type { BatchSummary, ModelOutcome } from '../batch/rewrite-all.ts';
import { isMarginError } from '../errors.ts';
import type { Sink } from './io.ts';
import { reportPaths } from './outputs.ts';
import { type ErrorReport, errorReport } from './print-error.ts';
import { bold, type Cell, dim, green, line, red, table, yellow } from './text.ts';

/** What a batch did: a line a model, and how many ended how. */
export function printBatch(summary: BatchSummary, out: Sink): void {
  table(
    out,
    summary.models.map(({ path, status, error, ...files }): Cell[] => [
      MARKS[status],
      path,
      error === null ? writtenText(files) : isMarginError(error) ? bold(error.code) : bold('INTERNAL'),
      error === null ? provedText(files) : error.message,
    ]),
    { wrap: true },
  );
  const counts = [
    `${summary.done} done`,
    ...(summary.disagree > 0 ? [`${summary.disagree} with numbers that disagree`] : []),
    ...(summary.failed > 0 ? [`${summary.failed} failed`] : []),
    ...(summary.skipped > 0 ? [`${summary.skipped} skipped`] : []),
  ];
  line(out, dim(`${summary.models.length} models: ${counts.join(', ')}`));
}

const MARKS: Readonly<Record<ModelOutcome['status'], Cell>> = {
  done: green('✓'),
  disagrees: red('✗'),
  failed: red('✗'),
  skipped: yellow('–'),
};

type Files = Omit<ModelOutcome, 'path' | 'status' | 'error'>;

const writtenText = ({ train, infer, step }: Files) =>
  [train, infer, step].filter((path) => path !== null).join(' ');

function provedText({ validation, warnings }: Files): string {
  const proved = validation === null ? 'not checked' : `checked on ${validation.provider}`;
  return warnings.length === 0 ? proved : `${proved}, ${warnings.length} warnings`;
}

/** A batch for programs: what each model was written as, and what became of it; `error` is the first that there was. */
export function batchReport({ models, ...counts }: BatchSummary, error: Error | null, html: boolean) {
  return {
    ...counts,
    models: models.map(({ error, ...model }) => ({
      ...model,
      ...(model.status === 'done' || model.status === 'disagrees'
        ? reportPaths(model.path, model.folder, html)
        : { report: null, html: null }),
      error: error && reported(error),
    })),
    ...(error && { error: reported(error) }),
  };
}

const reported = (error: Error): ErrorReport =>
  isMarginError(error)
    ? errorReport(error)
    : { code: 'INTERNAL', message: error.message, saw: null, expected: null, tryThis: [] };
