import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PRELOAD = new URL('./peak-memory.mjs', import.meta.url).href;
export const BIN = fileURLToPath(new URL('../bin/onnx-margin.js', import.meta.url));

export interface Run {
  readonly seconds: number;
  /** Peak resident memory in MB, where the process tells it: Node does, and Python programs of ours. */
  readonly megabytes: number | null;
}

/** Runs a command once, as a whole process. A failure ends the benchmark with what it printed. */
export function run(command: string, args: readonly string[]): Run {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-bench-'));
  const report = join(folder, 'peak');
  const isNode = command === process.execPath;
  const start = performance.now();
  const result = spawnSync(command, [...(isNode ? ['--import', PRELOAD] : []), ...args], {
    env: { ...process.env, PEAK_MEMORY_FILE: report },
    encoding: 'utf8',
  });
  const seconds = (performance.now() - start) / 1000;
  expectSuccess(command, args, result);
  const megabytes = existsSync(report) ? Number(readFileSync(report, 'utf8')) / 1024 : null;
  rmSync(folder, { recursive: true });
  return { seconds, megabytes };
}

function expectSuccess(command: string, args: readonly string[], result: SpawnSyncReturns<string>): void {
  if (result.status === 0) return;
  throw new Error(
    `${command} ${args.join(' ')} ended with ${result.status}:\n${result.stdout}\n${result.stderr}`,
  );
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Medians of several things measured in turn, A B A B …, so that what the machine does meanwhile touches all alike.
 * `before` is done before each, and not measured.
 */
export function inTurn<K extends string>(
  rounds: number,
  things: Readonly<Record<K, () => Run>>,
  before: () => void = () => {},
): Record<K, Run> {
  const names = Object.keys(things) as K[];
  const runs = Object.fromEntries(names.map((name) => [name, [] as Run[]])) as unknown as Record<K, Run[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      before();
      runs[name].push(things[name]());
    }
  }
  const middle = (list: readonly Run[]): Run => ({
    seconds: median(list.map(({ seconds }) => seconds)),
    megabytes: list[0]?.megabytes === null ? null : Math.max(...list.map(({ megabytes }) => megabytes ?? 0)),
  });
  return Object.fromEntries(names.map((name) => [name, middle(runs[name])])) as Record<K, Run>;
}

/** Those of a record's keys that a variable of the environment names, with commas; all, where it names none. */
export function chosen<K extends string>(variable: string, all: Readonly<Record<K, unknown>>): K[] {
  const named = process.env[variable]?.split(',').map((each) => each.trim());
  return (Object.keys(all) as K[]).filter((each) => named?.includes(each) ?? true);
}

/** Prints rows under a title, columns aligned. */
export function table(title: string, rows: readonly (readonly (string | number)[])[]): void {
  const text = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? String(Number(cell.toPrecision(3))) : cell)),
  );
  const widths = (text[0] ?? []).map((_, column) => Math.max(...text.map((row) => row[column]?.length ?? 0)));
  const lines = text.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}
