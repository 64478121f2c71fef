import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { input } from '#expr/build.js';
import { emit } from '#expr/emit.js';
import { evaluate } from '#expr/evaluate.js';
import { tensor } from '#expr/kernels.js';
import { angleOf } from '#expr/trig.js';
import { tensorInfo } from '#graph/value-info.js';
import { create, encode } from '#model/codec.js';
import { startRuntime } from '#validate/runtime.js';
import { scratchFolder } from '../helpers/scratch.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';

/* How exact an angle is, by its own error: against acos of the very same number. */

const COUNT = 200_001;
/** Evenly in c, and towards ±1 evenly in θ, as float32 holds them. */
const cosines = Float32Array.from({ length: COUNT }, (_, i) => {
  const t = i / (COUNT - 1);
  return i % 2 === 0 ? 2 * t - 1 : Math.cos(Math.PI * t);
});
const angle = angleOf(input('c', 'float32', ['N']));

function largestError(got: ArrayLike<number>): number {
  return cosines.reduce((worst, c, i) => Math.max(worst, Math.abs((got[i] ?? Number.NaN) - Math.acos(c))), 0);
}

async function onRuntime(provider: 'cpu' | 'webgpu'): Promise<number> {
  const { nodes, initializers } = emit({ theta: angle }, { opset: 17, bind: { c: 'c' }, fresh: counting() });
  const graph = create('GraphProto', {
    name: 'angle',
    node: nodes,
    initializer: initializers,
    input: [tensorInfo('c', 'float32', ['N'])],
    output: [tensorInfo('theta', 'float32', ['N'])],
  });
  const opsetImport = [create('OperatorSetIdProto', { domain: '', version: 17 })];
  const path = join(scratchFolder(), 'angle.onnx');
  writeFileSync(path, encode('ModelProto', create('ModelProto', { irVersion: 8, opsetImport, graph })));
  const runtime = startRuntime(SOFTWARE_VULKAN === null ? {} : { env: SOFTWARE_VULKAN });
  try {
    const session = await runtime.open({ model: path, provider });
    const { theta } = await session.run({ c: { element: 'float32', dims: [COUNT], data: cosines } });
    return largestError((theta?.data ?? []) as Float32Array);
  } finally {
    await runtime.close();
  }
}

function counting(): (wanted: string) => string {
  let count = 0;
  return (wanted) => `${wanted}_${count++}`;
}

describe('an angle of a cosine', () => {
  it('is off by at most a unit of the last place in float64', () => {
    const [theta] = evaluate([angle], { c: tensor(cosines) });
    // Between 2 and π that unit is 4.4e-16.
    expect(largestError(theta?.data ?? [])).toBeLessThan(4.5e-16);
  });

  it('is off by a unit and a quarter in float32, on the CPU', async () => {
    // Between 2 and π that unit is 2.4e-7.
    expect(await onRuntime('cpu')).toBeLessThan(3e-7);
  });

  it.skipIf(SOFTWARE_VULKAN === null)('and on WebGPU by little more', async () => {
    // Its square root and division are good to a few units.
    expect(await onRuntime('webgpu')).toBeLessThan(1e-6);
  });
});
