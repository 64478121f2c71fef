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
import { median, table } from './measure.ts';
import { writeTail } from './models.ts';

/*
 * The training graph, forward, from the embedding on, beside the same head in eager PyTorch on the same cores. Class rows
 * are an input here: as an initializer ONNX Runtime would normalise them once and for all, which no training can.
 */

const [N, DIM] = [64, 512];
const HEADS = ['normface', 'cosface', 'arcface', 'curricularface', 'adaface'];
const ROUNDS: Readonly<Record<number, number>> = { 1000: 60, 10000: 30, 100000: 9 };
const python = process.env['PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('./heads.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-heads-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Time {
  readonly median: number;
  readonly best: number;
  readonly torch: string;
}

/** PyTorch's time in seconds, or null where it is not there. */
function eager(head: string, classes: number): Time | null {
  const args = [script, head, ...[N, DIM, classes, ROUNDS[classes] ?? 9].map(String)];
  const { status, stdout } = spawnSync(python, args, { encoding: 'utf8' });
  return status === 0 ? (JSON.parse(stdout) as Time) : null;
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

async function ours(head: string, classes: number): Promise<{ median: number; best: number }> {
  const [tail, train] = ['tail', 'train'].map((name) => join(folder, `${head}-${classes}-${name}.onnx`));
  if (tail === undefined || train === undefined) throw new Error('no paths');
  await writeTail(tail, DIM, classes);
  const made = rewrite(await readModel(tail), { head });
  await writeModel(train, withRowsAsInput(made.train, classes));
  const session = await InferenceSession.create(train);
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
  const times: number[] = [];
  for (let round = 0; round < (ROUNDS[classes] ?? 9) + 2; round++) {
    const start = performance.now();
    await session.run(feeds, ['loss']);
    if (round >= 2) times.push((performance.now() - start) / 1000);
  }
  await session.release();
  return { median: median(times), best: Math.min(...times) };
}

it('forward', async () => {
  const milliseconds = (seconds: number | undefined) =>
    seconds === undefined ? '–' : (1000 * seconds).toFixed(1);
  const rows: (string | number)[][] = [['head', 'C', 'ms', 'PyTorch, ms', 'ratio', 'ratio to NormFace']];
  let version = 'absent';
  for (const classes of Object.keys(ROUNDS).map(Number)) {
    let base = Number.NaN;
    for (const head of HEADS) {
      const [own, torch] = [await ours(head, classes), eager(head, classes)];
      if (head === 'normface') base = own.median;
      version = torch?.torch ?? version;
      rows.push([
        head,
        String(classes),
        milliseconds(own.median),
        milliseconds(torch?.median),
        torch === null ? '–' : own.median / torch.median,
        own.median / base,
      ]);
    }
  }
  table(`Training graph, forward, N = ${N}, D = ${DIM}, CPU, medians; PyTorch ${version}`, rows);
});
