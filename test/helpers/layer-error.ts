import { join } from 'node:path';
import { withExtraOutputs } from '#graph/extract.js';
import type { Model } from '#model/model.js';
import { writeModel } from '#model/write.js';
import type { Tail } from '#tail/tail.js';
import type { Runtime } from '#validate/runtime.js';
import { feedsOf } from './feeds.ts';
import { scratchFolder } from './scratch.ts';

/** The values of that name as ONNX Runtime has them; an embedding may also be what the model is fed. */
async function valuesOf(runtime: Runtime, model: Model, names: readonly string[]) {
  const path = join(scratchFolder(), 'exposed.onnx');
  await writeModel(path, withExtraOutputs(model, names));
  const session = await runtime.open({ model: path, provider: 'cpu' });
  const fed = feedsOf(model);
  const made = await session.run(
    fed,
    names.filter((name) => !(name in fed)),
  );
  await session.release();
  return names.map((name) => Array.from((fed[name] ?? made[name])?.data ?? [], Number));
}

/**
 * How far the logits that ONNX Runtime computes are from E·W + b by the weight and bias that a tail gives, relative to the
 * largest logit: what a tail says of its layer, put to the test.
 */
export async function layerError(runtime: Runtime, model: Model, tail: Tail): Promise<number> {
  const { classes, dim } = tail.weight;
  const [e = [], z = []] = await valuesOf(runtime, model, [tail.embedding.value, tail.logits ?? '']);
  const [rows, bias] = [tail.weight.rows(), tail.bias?.rows()];
  const samples = e.length / dim;
  if (samples === 0 || z.length !== samples * classes) throw new Error('nothing was compared');
  const errors = z.map((logit, i) => {
    const [n, j] = [Math.floor(i / classes), i % classes];
    const x = e.slice(n * dim, (n + 1) * dim);
    return Math.abs(logit - x.reduce((sum, v, k) => sum + v * (rows[j * dim + k] ?? 0), bias?.[j] ?? 0));
  });
  // Some heads were never trained: all their scores are 0.
  return Math.max(...errors) / (Math.max(...z.map(Math.abs)) || 1);
}
