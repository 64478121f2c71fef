import { describe, expect, it } from 'vitest';
import { writeModel } from '#model/write.js';
import { keptTensors } from '#validate/kept-tensors.js';
import type { Feed } from '#validate/runtime.js';
import { refusalOf } from '../helpers/refusal.ts';
import { useRuntime } from '../helpers/use-runtime.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';
import { writtenModel } from '../helpers/written-model.ts';

const onDevice = (location: string) => {
  let disposed = 0;
  return { location, dispose: () => void disposed++, disposed: () => disposed };
};

describe('keptTensors', () => {
  it('keeps the last, and gives back what lies on a device', () => {
    const kept = keptTensors<ReturnType<typeof onDevice>>();
    expect(() => kept.get('w')).toThrow('nothing is kept as w');
    const [host, first, second] = [onDevice('cpu'), onDevice('gpu-buffer'), onDevice('gpu-buffer')];
    for (const tensor of [host, first, first, second]) kept.set('w', tensor);
    expect(kept.get('w')).toBe(second);
    expect([host, first, second].map(({ disposed }) => disposed())).toEqual([0, 1, 0]);
  });
});

const numbersIn = (feed: Feed | undefined) => Array.from((feed?.data ?? []) as Float32Array);

const PROVIDERS = ['cpu', ...(SOFTWARE_VULKAN === null ? [] : (['webgpu'] as const))] as const;

describe.each(PROVIDERS)('a runtime that keeps tensors on %s', (provider) => {
  const live = useRuntime();

  const floats = (...data: number[]): Feed => ({
    element: 'float32',
    dims: [data.length],
    data: Float32Array.from(data),
  });

  it('feeds a run with what the one before made, and gives back only what is asked for', async () => {
    const path = live.scratch.path('sum.onnx');
    await writeModel(
      path,
      writtenModel(`
        opset 13
        input x float32 [2]
        input sum float32 [2]
        output next float32 [2]
        output twice float32 [2]
        next = Add(x, sum)
        twice = Add(next, next)`),
    );
    const session = await live.runtime.open({ model: path, provider, resident: ['next'] });
    await live.runtime.keep({ total: floats(10, 20) });
    const carried = { held: { sum: 'total' }, keep: { next: 'total' } };
    // One after another, whether anybody waits for them or not.
    const runs = [1, 2, 3, 4].map((x) => session.run({ x: floats(x, 1) }, ['twice'], carried));
    const results = await Promise.all(runs);
    expect(results.map(({ twice }) => numbersIn(twice))).toEqual([
      [22, 42],
      [26, 44],
      [32, 46],
      [40, 48],
    ]);
    expect(results.map(Object.keys)).toEqual(Array(4).fill(['twice']));
    // A look that keeps nothing changes nothing.
    for (const _ of [1, 2]) {
      const { twice } = await session.run({ x: floats(0, 0) }, ['twice'], { held: { sum: 'total' } });
      expect(numbersIn(twice)).toEqual([40, 48]);
    }
  });

  it('says what is not there', async () => {
    const path = live.scratch.path('one.onnx');
    await writeModel(path, writtenModel('opset 13\ninput x float32 [2]\noutput y float32 [2]\ny = Abs(x)'));
    const session = await live.runtime.open({ model: path, provider });
    const refusal = await refusalOf(() => session.run({}, ['y'], { held: { x: 'nobody' } }));
    expect(refusal.saw).toMatch(/nothing is kept as nobody/);
  });
});
