import { isMarginError, MarginError } from '../errors.ts';
import { reasonOf } from '../model/write-failed.ts';
import { type Io, type Sink, writeJson } from './io.ts';
import { bold, type Cell, dim, line, red, table } from './text.ts';

/** The exit code of what should never happen. */
export const FAULT = 70;

/** An error as `--json` prints it. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly saw: string | null;
  readonly expected: string | null;
  readonly tryThis: readonly string[];
}

export function errorReport({ code, message, saw, expected, tryThis }: MarginError): ErrorReport {
  return { code, message, saw: saw ?? null, expected: expected ?? null, tryThis };
}

/** Says what went wrong, to people on stderr or to programs on stdout, and gives the exit code. */
export function reportFailure(error: unknown, json: boolean, io: Io): number {
  if (!isMarginError(error)) return reportFault(error, json, io);
  if (json) writeJson(io.out, { error: errorReport(error) });
  if (!json || lossOf(io) !== null) printError(error, io.err);
  return error.exitCode;
}

const lossOf = ({ out }: Io) => out.lost?.() ?? null;

/** Says on stderr if the answer could not be written, and gives the exit code: the command's own unless that was 0. */
export function reportLoss(code: number, io: Io): number {
  const cause = lossOf(io);
  if (cause === null) return code;
  const [what, tryThis] = reasonOf(cause);
  const done = code === 0 ? 'all else was done' : `the command ended with exit code ${code}`;
  const error = new MarginError({
    code: 'WRITE_FAILED',
    message: `The answer could not be written to stdout: ${what}; ${done}.`,
    saw: cause.message,
    expected: 'room for the answer where stdout leads',
    tryThis: [tryThis],
    cause,
  });
  printError(error, io.err);
  return code === 0 ? error.exitCode : code;
}

/** ✗ CODE message, and below it what was seen, what was expected, and what to try. */
export function printError({ code, message, saw, expected, tryThis }: MarginError, sink: Sink): void {
  line(sink, red('✗'), bold(code), message);
  const rows: [Cell, string][] = [];
  if (saw !== undefined) rows.push([dim('saw'), saw]);
  if (expected !== undefined) rows.push([dim('expected'), expected]);
  for (const [index, advice] of tryThis.entries()) rows.push([index === 0 ? dim('try') : '', advice]);
  table(sink, rows, { indent: '  ' });
}

function reportFault(error: unknown, json: boolean, io: Io): number {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  const blame = 'This is a fault in onnx-margin, not in your model.';
  if (json) {
    const report: ErrorReport = {
      code: 'INTERNAL',
      message: `${blame} ${message}`,
      saw: message,
      expected: null,
      tryThis: [],
    };
    writeJson(io.out, { error: report });
  }
  line(io.err, red('✗'), bold('INTERNAL'), blame);
  for (const each of stack.split('\n')) line(io.err, dim(each));
  return FAULT;
}
