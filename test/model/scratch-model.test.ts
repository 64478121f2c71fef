import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { writeScratchModel } from '#model/scratch-model.js';
import { makeTensor, readTensor } from '#model/tensors.js';
import { writeModel } from '#model/write.js';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const large = Float32Array.from({ length: 1 << 18 }, (_, i) => i % 1000);
const small = Float32Array.of(1, 2);
const model = modelOf({
  initializer: [makeTensor('small', [2], small), makeTensor('large', [large.length], large)],
});

function floats(read: Model, name: string) {
  const tensor = read.proto.graph?.initializer.find((each) => each.name === name);
  return tensor === undefined ? null : readTensor(read, tensor).data;
}

it('large weights lie beside the model, which a runtime maps; all of it goes again', async () => {
  const folder = scratchFolder();
  const path = join(folder, 'graph.onnx');
  const remove = await writeScratchModel(path, model);
  expect(contentsOf(folder)).toEqual(['graph.data', 'graph.onnx']);
  expect(statSync(path).size).toBeLessThan(1000);
  const read = await readModel(path);
  expect(floats(read, 'large')).toEqual(large);
  expect(floats(read, 'small')).toEqual(small);
  remove();
  expect(contentsOf(folder)).toEqual([]);
});

it('weights that were in files of their own are not copied, and stay for the next', async () => {
  const [home, folder] = [scratchFolder(), scratchFolder()];
  await writeModel(join(home, 'w.onnx'), model, { externalData: 'split' });
  const outside = await readModel(join(home, 'w.onnx'));
  const [first, second] = [join(folder, 'a.onnx'), join(folder, 'b.onnx')];
  const remove = await writeScratchModel(first, outside);
  await writeScratchModel(second, outside);
  expect(statSync(join(folder, 'w.data')).ino).toBe(statSync(join(home, 'w.data')).ino);
  remove();
  expect(contentsOf(folder)).toEqual(['b.onnx', 'w.data']);
  expect(floats(await readModel(second), 'large')).toEqual(large);
});

it('weights of the model that have the name of ours are not written over', async () => {
  const [home, folder] = [scratchFolder(), scratchFolder()];
  await writeModel(join(home, 'graph.onnx'), model, { externalData: 'split' });
  const path = join(folder, 'graph.onnx');
  await writeScratchModel(path, await readModel(join(home, 'graph.onnx')));
  expect(floats(await readModel(path), 'large')).toEqual(large);
  expect(floats(await readModel(join(home, 'graph.onnx')), 'large')).toEqual(large);
});
