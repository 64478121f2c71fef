import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';

const digits = fixtureModel('digits-cnn');
const images = (count: number) => ({
  image: { element: 'float32', dims: [count, 1, 8, 8], data: new Float32Array(count * 64).fill(0.5) },
});

describe('ONNX Runtime in a process of its own', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime();
  });
  afterAll(() => runtime.close());

  it('runs a model, and gives the outputs that are asked for', async () => {
    const session = await runtime.open({ model: digits, provider: 'cpu' });
    expect(session.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(session.outputs).toEqual(['probabilities']);
    const { probabilities } = await session.run(images(2));
    expect(probabilities?.dims).toEqual([2, 10]);
    const sum = Array.from(probabilities?.data as Float32Array).reduce((total, p) => total + p, 0);
    expect(sum).toBeCloseTo(2, 5);
    await session.release();
  });

  it('says what ONNX Runtime says of a model that it does not take', async () => {
    const path = join(scratchFolder(), 'bad.onnx');
    writeFileSync(path, 'no model');
    const { code, message, saw } = await refusalOf(() => runtime.open({ model: path, provider: 'cpu' }));
    expect(code).toBe('RUNTIME_FAILED');
    expect(message).toBe('ONNX Runtime could not load the model on cpu.');
    expect(saw).toContain('bad.onnx');
  });

  it('says what was wrong with a feed, and goes on', async () => {
    const session = await runtime.open({ model: digits, provider: 'cpu' });
    const wrong = { image: { element: 'float32', dims: [2, 3], data: new Float32Array(6) } };
    expect(await refusalOf(() => session.run(wrong))).toMatchObject({
      code: 'RUNTIME_FAILED',
      saw: expect.stringMatching(/rank|Rank/),
    });
    expect((await session.run(images(1)))['probabilities']?.dims).toEqual([1, 10]);
    await session.release();
  });

  it('tells nobody, and leaves no file', async () => {
    const folder = scratchFolder();
    const alone = startRuntime({ env: { HOME: folder, XDG_CACHE_HOME: folder, TMPDIR: folder } });
    try {
      const session = await alone.open({ model: digits, provider: 'cpu' });
      await session.run(images(1));
      await session.release();
      // Its telemetry would have left a number of this machine, what is to be sent, and a log.
      expect(contentsOf(folder)).toEqual([]);
    } finally {
      await alone.close();
    }
  });

  it('leaves a profile when it is asked to', async () => {
    const folder = scratchFolder();
    const session = await runtime.open({ model: digits, provider: 'cpu', profile: join(folder, 'p') });
    await session.run(images(1));
    await session.release();
    const { readdirSync, readFileSync } = await import('node:fs');
    const [name = ''] = readdirSync(folder);
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8')).length).toBeGreaterThan(5);
  });

  it.skipIf(SOFTWARE_VULKAN === null)(
    'tells the Vulkan device that WebGPU runs on (needs one, such as that of Debian’s chromium)',
    async () => {
      const vulkan = startRuntime({ env: SOFTWARE_VULKAN ?? {} });
      try {
        expect(vulkan.adapter()).toBeNull();
        const session = await vulkan.open({ model: digits, provider: 'webgpu' });
        await session.run(images(1));
        expect(vulkan.adapter()).toMatchObject({
          name: expect.stringMatching(/SwiftShader/),
          driver: expect.stringMatching(/swiftshader/),
        });
      } finally {
        await vulkan.close();
      }
    },
  );
});

describe('a process that is no more', () => {
  it('is an error of what was asked of it, and of what is asked later', async () => {
    const runtime = startRuntime();
    const opening = refusalOf(() => runtime.open({ model: digits, provider: 'cpu' }));
    await runtime.close();
    for (const refusal of [
      await opening,
      await refusalOf(() => runtime.open({ model: digits, provider: 'cpu' })),
    ]) {
      expect(refusal).toMatchObject({
        code: 'RUNTIME_FAILED',
        saw: expect.stringMatching(/^the process of ONNX Runtime ended by SIGKILL/),
      });
    }
  });

  it('that hangs is ended, with the time it was given', async () => {
    const runtime = startRuntime({ timeout: 0.001 });
    const { saw } = await refusalOf(() => runtime.open({ model: digits, provider: 'cpu' }));
    expect(saw).toMatch(/^no answer after 0\.001 s/);
    await runtime.close();
  });

  it('that cannot load what it needs says why', async () => {
    const runtime = startRuntime({ env: { NODE_OPTIONS: '--require ./nothing-of-that-name.cjs' } });
    const { saw } = await refusalOf(() => runtime.open({ model: digits, provider: 'cpu' }));
    expect(saw).toMatch(/^the process of ONNX Runtime ended with exit code 1, saying: /);
    await runtime.close();
  });
});
