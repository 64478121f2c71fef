import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, it } from 'vitest';
import { readModel } from '#model/read.js';
import { writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { median, table } from './measure.ts';
import { writeTail } from './models.ts';

/* The last layer alone, before and after: what the cosine costs a user at every call. */

const DIM = 512;
const CLASSES = 10_000;
const ROUNDS = 60;
const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-inference-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function once(session: InferenceSession, x: Tensor): Promise<number> {
  const start = performance.now();
  await session.run({ x });
  return performance.now() - start;
}

it('latency', async () => {
  const original = join(folder, 'original.onnx');
  const cosine = join(folder, 'cosine.onnx');
  await writeTail(original, DIM, CLASSES);
  await writeModel(cosine, rewrite(await readModel(original), { head: 'arcface' }).infer);
  const sessions = await Promise.all([original, cosine].map((path) => InferenceSession.create(path)));
  const rows: (string | number)[][] = [['N', 'original, ms', 'cosine, ms', 'ratio', 'ratio, pair by pair']];
  for (const n of [1, 64]) {
    const x = new Tensor(
      'float32',
      new Float32Array(n * DIM).map((_, i) => Math.sin(i)),
      [n, DIM],
    );
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS + 10; round++) {
      for (const [i, session] of sessions.entries()) {
        const took = await once(session, x);
        if (round >= 10) times[i === 0 ? 0 : 1].push(took);
      }
    }
    const pairs = times[0].map((a, i) => (times[1][i] ?? Number.NaN) / a);
    rows.push([
      String(n),
      median(times[0]),
      median(times[1]),
      median(times[1]) / median(times[0]),
      median(pairs),
    ]);
  }
  table(`The last layer, D = ${DIM}, C = ${CLASSES}, CPU, medians of ${ROUNDS} calls in turn`, rows);
});
