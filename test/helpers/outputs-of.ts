import { join } from 'node:path';
import { viewGraph } from '#graph/view.js';
import type { Model } from '#model/model.js';
import { writeModel } from '#model/write.js';
import type { Runtime } from '#validate/runtime.js';
import { feedsOf } from './feeds.ts';
import { scratchFolder } from './scratch.ts';

/** What ONNX Runtime gives for a model's outputs, those that are tensors, for the samples of `feedsOf`. */
export async function outputsOf(runtime: Runtime, model: Model): Promise<Record<string, number[]>> {
  const path = join(scratchFolder(), 'outputs.onnx');
  await writeModel(path, model);
  const session = await runtime.open({ model: path, provider: 'cpu' });
  const maps = new Set(
    viewGraph(model).nodes.flatMap(({ opType, output }) => (opType === 'ZipMap' ? output : [])),
  );
  const names = viewGraph(model).outputs.flatMap(({ name = '' }) => (maps.has(name) ? [] : [name]));
  const made = await session.run(feedsOf(model), names);
  await session.release();
  return Object.fromEntries(names.map((name) => [name, Array.from(made[name]?.data ?? [], Number)]));
}
