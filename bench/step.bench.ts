import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, it } from 'vitest';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { stepModel } from '#rewrite/step-model.js';
import { median, table } from './measure.ts';
import { writeTail } from './models.ts';

/*
 * A whole training step of a head, embeddings → new class rows, SGD with momentum, d loss / d embedding among the results,
 * beside the same in eager PyTorch on the same cores. Each measurement is a process of its own, ours and theirs in turn.
 */

const [N, DIM] = [64, 512];
/** Heads, with where their states start. */
const HEADS = {
  normface: [],
  cosface: [],
  arcface: [],
  curricularface: ['t=0'],
  adaface: ['batch_mean=20', 'batch_std=100'],
} as const;
type Head = keyof typeof HEADS;

/** Rounds in a process, for a number of classes. */
const ROUNDS: Readonly<Record<number, number>> = { 1000: 100, 10000: 20, 100000: 5 };
const [BLOCKS, WARM_UP] = [2, 3];

const python = process.env['PYTHON'] ?? 'python3';
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-step-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Measured {
  readonly times: readonly number[];
  /** What the peak of memory rose by, from the tensors that are trained on. */
  readonly megabytes: number;
  readonly version?: string;
}

/** What a script measured, or null where it does not run. */
function measured(command: string, args: readonly (string | number)[]): Measured | null {
  const { status, stdout } = spawnSync(command, args.map(String), { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : null;
}

async function writeStep(head: Head, classes: number): Promise<string> {
  const [tail = '', step = ''] = ['tail', 'step'].map((part) =>
    join(folder, `${head}-${classes}-${part}.onnx`),
  );
  await writeTail(tail, DIM, classes);
  await writeModel(step, stepModel(await readModel(tail), { head }, { gradients: true }));
  rmSync(tail);
  return step;
}

const middle = (runs: readonly (Measured | null)[], of: (run: Measured) => number): number =>
  median(runs.flatMap((run) => (run === null ? [] : [of(run)])));

it('a training step', async () => {
  const rows: (string | number)[][] = [
    ['head', 'C', 'ms', 'PyTorch, ms', 'ratio', 'MB', 'PyTorch, MB', 'ratio'],
  ];
  let version = 'absent';
  for (const classes of Object.keys(ROUNDS).map(Number)) {
    for (const head of Object.keys(HEADS) as Head[]) {
      const graph = await writeStep(head, classes);
      const sizes = [N, DIM, classes, ROUNDS[classes] ?? 5, WARM_UP];
      const [own, torch]: [(Measured | null)[], (Measured | null)[]] = [[], []];
      for (let block = 0; block < BLOCKS; block++) {
        own.push(measured(process.execPath, [here('./step.mjs'), graph, ...sizes, ...HEADS[head]]));
        torch.push(measured(python, [here('./step.py'), head, ...sizes]));
      }
      rmSync(graph);
      version = torch[0]?.version ?? version;
      const time = (run: Measured) => 1000 * median(run.times);
      const [ms, theirs] = [middle(own, time), middle(torch, time)];
      const [mb, theirMb] = [own, torch].map((runs) => middle(runs, ({ megabytes }) => megabytes));
      rows.push([
        head,
        String(classes),
        ms,
        theirs,
        ms / theirs,
        mb ?? Number.NaN,
        theirMb ?? Number.NaN,
        (mb ?? Number.NaN) / (theirMb ?? Number.NaN),
      ]);
    }
  }
  table(`A training step, N = ${N}, D = ${DIM}, CPU, medians; PyTorch ${version}`, rows);
});
