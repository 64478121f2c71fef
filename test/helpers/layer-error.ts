import { join } from 'node:path';
import { withExtraOutputs } from '#graph/extract.js';
import { declaredFacts } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import type { Model } from '#model/model.js';
import { writeModel } from '#model/write.js';
import type { Tail } from '#tail/tail.js';
import type { Feed, Runtime } from '#validate/runtime.js';
import { scratchFolder } from './scratch.ts';

/** Two samples for every input: waves for floats, small numbers for all others. */
function feedsOf(model: Model): Record<string, Feed> {
  const feeds = viewGraph(model).inputs.map((info): [string, Feed] => {
    const { element, shape } = declaredFacts(info);
    const dims = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 2));
    const size = dims.reduce((count, dim) => count * dim, 1);
    const wave = Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
    const few = Array.from({ length: size }, (_, i) => i % 2);
    const data = {
      int64: BigInt64Array.from(few, BigInt),
      int32: Int32Array.from(few),
      float64: Float64Array.from(wave),
      int8: Int8Array.from(few),
      uint8: Uint8Array.from(few),
      bool: Uint8Array.from(few),
    }[String(element)];
    return [info.name ?? '', { element: element ?? 'float32', dims, data: data ?? wave }];
  });
  return Object.fromEntries(feeds);
}

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
