import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, it } from 'vitest';
import { tensorInfo } from '#graph/value-info.js';
import { withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { chosen, median, table } from './measure.ts';
import { writeTail } from './models.ts';

/*
 * The training graph, forward, from the embedding on, beside the same head in eager PyTorch on the same cores. Class rows
 * are an input here: as an initializer ONNX Runtime would normalise them once and for all, which no training can.
 *
 * `SIZES` (numbers of classes, with commas) makes pieces of it.
 */

const [N, DIM] = [64, 512];
const HEADS = ['normface', 'cosface', 'arcface', 'curricularface', 'adaface'] as const;
type Head = (typeof HEADS)[number];

/**
 * Blocks of rounds, for a number of classes. Every block has each head in turn, so that what the machine does meanwhile
 * touches all alike; within a block only one session lives, as the threads of idle ones would take the cores.
 */
const ROUNDS: Readonly<Record<number, number>> = { 1000: 100, 10000: 20, 100000: 4 };
const [BLOCKS, WARM_UP] = [5, 3];

const python = process.env['PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('./heads.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-heads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Seconds of every round, by head; blocks of all heads are in step. */
type Times = Readonly<Record<Head, readonly number[]>>;

/** PyTorch's times and version, or null where it is not there. */
function eager(classes: number): { readonly torch: string; readonly times: Times } | null {
  const numbers = [N, DIM, classes, BLOCKS, ROUNDS[classes] ?? 4, WARM_UP].map(String);
  const { status, stdout } = spawnSync(python, [script, ...numbers, ...HEADS], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : null;
}

/** A training graph whose class rows must be fed. */
function withRowsAsInput(model: Model, classes: number): Model {
  const { graph } = model.proto;
  if (!graph) throw new Error('no graph');
  const changed = withFields(graph, {
    initializer: graph.initializer.filter(({ name }) => name !== 'fc'),
    input: [...graph.input, tensorInfo('fc', 'float32', [classes, DIM])],
  });
  return deriveModel(model, withFields(model.proto, { graph: changed }));
}

async function writeHead(head: Head, classes: number): Promise<string> {
  const [tail = '', train = ''] = ['tail', 'train'].map((part) =>
    join(folder, `${head}-${classes}-${part}.onnx`),
  );
  await writeTail(tail, DIM, classes);
  const made = rewrite(await readModel(tail), { head });
  await writeModel(train, withRowsAsInput(made.train, classes));
  return train;
}

async function ours(classes: number): Promise<Times> {
  const graphs = new Map<Head, string>();
  for (const head of HEADS) graphs.set(head, await writeHead(head, classes));
  const noise = (length: number) =>
    new Float32Array(length).map((_, i) => Math.sin(i * 1.7) + Math.sin(i * 0.3));
  const feeds = {
    x: new Tensor('float32', noise(N * DIM), [N, DIM]),
    fc: new Tensor('float32', noise(classes * DIM), [classes, DIM]),
    labels: new Tensor(
      'int64',
      BigInt64Array.from({ length: N }, (_, i) => BigInt((i * 37) % classes)),
      [N],
    ),
  };
  const times = Object.fromEntries(HEADS.map((head) => [head, [] as number[]])) as Record<Head, number[]>;
  for (let block = 0; block < BLOCKS; block++) {
    for (const [head, path] of graphs) {
      const session = await InferenceSession.create(path);
      for (let round = -WARM_UP; round < (ROUNDS[classes] ?? 4); round++) {
        const start = performance.now();
        await session.run(feeds, ['loss']);
        if (round >= 0) times[head].push((performance.now() - start) / 1000);
      }
      await session.release();
    }
  }
  return times;
}

/** The median, over blocks, of what one head took over what the other took in the same block. */
function blockwise(times: readonly number[], base: readonly number[]): number {
  const rounds = times.length / BLOCKS;
  const medians = (all: readonly number[]) =>
    Array.from({ length: BLOCKS }, (_, block) => median(all.slice(block * rounds, (block + 1) * rounds)));
  const bases = medians(base);
  return median(medians(times).map((time, block) => time / (bases[block] ?? Number.NaN)));
}

const milliseconds = (times: readonly number[] | undefined): string =>
  times === undefined ? '–' : (1000 * median(times)).toPrecision(3);

it('forward', async () => {
  const rows: (string | number)[][] = [['head', 'C', 'ms', 'PyTorch, ms', 'ratio', 'ratio to NormFace']];
  let version = 'absent';
  for (const classes of chosen('SIZES', ROUNDS).map(Number)) {
    const [own, torch] = [await ours(classes), eager(classes)];
    version = torch?.torch ?? version;
    for (const head of HEADS) {
      rows.push([
        head,
        String(classes),
        milliseconds(own[head]),
        milliseconds(torch?.times[head]),
        torch === null ? '–' : median(own[head]) / median(torch.times[head]),
        blockwise(own[head], own.normface),
      ]);
    }
  }
  table(`Training graph, forward, N = ${N}, D = ${DIM}, CPU, medians; PyTorch ${version}`, rows);
});
