import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, it } from 'vitest';
import { withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import { writeModel } from '#model/write.js';
import { stepModel } from '#rewrite/step-model.js';
import { chosen, median, table } from './measure.ts';
import { endOf, writeFloor } from './models.ts';

/*
 * A whole training step of a head, embeddings → new class rows, SGD with momentum, d loss / d embedding among the results,
 * beside the same in eager PyTorch on the same cores, and beside the floor: three products [N, D] × [D, C] at the rate of one,
 * and class rows and velocity read and written at the rate of a copy. Each measurement is a process of its own, all in turn.
 *
 * `HEADS`, `SIZES` (names of both, with commas) and `BLOCKS` make pieces of it.
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

interface Size {
  readonly classes: number;
  /** How many of them a step sees: partial FC. */
  readonly sampled?: number;
  readonly rounds: number;
}

const SIZES: Readonly<Record<string, Size>> = {
  '1000': { classes: 1_000, rounds: 100 },
  '10000': { classes: 10_000, rounds: 30 },
  '100000': { classes: 100_000, rounds: 8 },
  '10000 of 1000000': { classes: 1_000_000, sampled: 10_000, rounds: 20 },
  '100000 of 1000000': { classes: 1_000_000, sampled: 100_000, rounds: 5 },
};

const BLOCKS = Number(process.env['BLOCKS'] ?? 2);
const WARM_UP = 3;

const python = process.env['PYTHON'] ?? 'python3';
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-step-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Step {
  readonly times: readonly number[];
  /** What the peak of memory rose by, from the class rows on. */
  readonly megabytes: number;
  readonly version?: string;
}

interface Floor {
  /** Seconds of a product [N, D] × [D, C]. */
  readonly product: number;
  /** Seconds in which [C, D] is read and written. */
  readonly copy: number;
}

/**
 * Memory in pages of 2 MB, where the C library is glibc: to fetch it in pages of 4 KB takes as long as the arithmetic. Ours has
 * it; PyTorch is measured as it comes, and with it.
 */
const LARGE_PAGES = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** What a script measured, or null where it does not run. */
function measured<T>(
  command: string,
  args: readonly (string | number)[],
  added: NodeJS.ProcessEnv,
): T | null {
  const env = { ...process.env, ...added };
  const { status, stdout, stderr } = spawnSync(command, args.map(String), { encoding: 'utf8', env });
  if (status === 0) return JSON.parse(stdout);
  process.stderr.write(`${command} ${args.join(' ')}: ${stderr.slice(-300)}\n`);
  return null;
}

/** A step graph that gives no gradient but that of the embedding: what is before the head needs no other. */
function withoutSlopes(model: Model): Model {
  const { graph } = model.proto;
  if (!graph) throw new Error('no graph');
  const output = graph.output.filter(({ name }) => name !== 'd_weight');
  return deriveModel(model, withFields(model.proto, { graph: withFields(graph, { output }) }));
}

async function writeStep(head: Head, { classes, sampled }: Size): Promise<string> {
  const path = join(folder, `${head}.onnx`);
  const options = { gradients: true, sampledClasses: sampled ?? null };
  await writeModel(path, withoutSlopes(stepModel(endOf(DIM, classes), { head }, options)));
  return path;
}

const middle = <T>(runs: readonly (T | null)[], of: (run: T) => number): number =>
  median(runs.flatMap((run) => (run === null ? [] : [of(run)])));

/** One line of the table: a head at a size. */
async function line(
  head: Head,
  name: string,
  size: Size,
): Promise<{ cells: (string | number)[]; version: string }> {
  const graph = await writeStep(head, size);
  const columns = size.sampled ?? size.classes;
  const floor = { product: join(folder, 'product.onnx'), copy: join(folder, 'copy.onnx') };
  await writeFloor(floor, DIM, columns);
  const sizes = [N, DIM, size.classes, columns, size.rounds, WARM_UP];
  const ours = [here('./step.mjs'), graph, ...sizes, ...HEADS[head]];
  const theirs = [here('./step.py'), head, ...sizes];
  const floorOf = [here('./floor.mjs'), floor.product, floor.copy, N, DIM, columns];
  const blocks = Array.from({ length: BLOCKS }, () => ({
    ours: measured<Step>(process.execPath, ours, LARGE_PAGES),
    torch: measured<Step>(python, theirs, {}),
    large: measured<Step>(python, theirs, LARGE_PAGES),
    floor: measured<Floor>(process.execPath, floorOf, LARGE_PAGES),
  }));
  for (const path of [graph, floor.product, floor.copy]) rmSync(path);
  const runs = (way: 'ours' | 'torch' | 'large') => blocks.map((block) => block[way]);
  const time = (way: 'ours' | 'torch' | 'large') => middle(runs(way), ({ times }) => 1000 * median(times));
  const memory = (way: 'ours' | 'torch') => middle(runs(way), ({ megabytes }) => megabytes);
  const [ms, torch, large] = [time('ours'), time('torch'), time('large')];
  const [mb, torchMb] = [memory('ours'), memory('torch')];
  const floors = blocks.map((block) => block.floor);
  const least = middle(floors, ({ product, copy }) => 1000 * (3 * product + 2 * copy));
  const cells = [ms, torch, ms / torch, large, ms / large, least, ms / least, mb, torchMb, mb / torchMb];
  return {
    cells: [head, name, ...cells],
    version: runs('torch').find((run) => run !== null)?.version ?? 'absent',
  };
}

it('a training step', async () => {
  const rows: (string | number)[][] = [
    [
      ...['head', 'C', 'ms', 'PyTorch, ms', 'ratio', 'with large pages, ms', 'ratio', 'floor, ms', 'ratio'],
      ...['MB', 'PyTorch, MB', 'ratio'],
    ],
  ];
  let version = 'absent';
  for (const name of chosen('SIZES', SIZES)) {
    for (const head of chosen('HEADS', HEADS)) {
      const size = SIZES[name];
      if (size === undefined) continue;
      const measuredLine = await line(head, name, size);
      version = measuredLine.version;
      rows.push(measuredLine.cells);
      process.stdout.write(`${measuredLine.cells.join('  ')}\n`);
    }
  }
  table(`A training step, N = ${N}, D = ${DIM}, CPU, medians; PyTorch ${version}`, rows);
});
