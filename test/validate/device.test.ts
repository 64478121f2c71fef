import { describe, expect, it, onTestFinished } from 'vitest';
import { makeScratch } from '#model/scratch.js';
import { chooseDevice } from '#validate/device.js';
import type { ProviderChoice } from '#validate/messages.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { refusalOf } from '../helpers/refusal.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';

/** No Vulkan driver, whatever the machine has: the loader finds none where it is told to look. */
const NO_VULKAN = { VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json' };

async function choose(wanted: ProviderChoice, requireGpu: boolean, env: Readonly<Record<string, string>>) {
  const scratch = makeScratch();
  onTestFinished(() => scratch.remove());
  let started = 0;
  const start = () => {
    started++;
    return startRuntime({ env });
  };
  const chosen = await chooseDevice(start, scratch, wanted, requireGpu);
  onTestFinished(() => chosen.runtime.close());
  return { ...chosen, started };
}

const CPU = { provider: 'cpu', adapter: null, software: false };

describe('without a GPU', () => {
  it('auto is the CPU, in the process that looked for one', async () => {
    expect(await choose('auto', false, NO_VULKAN)).toMatchObject({ device: CPU, notes: [], started: 1 });
  });

  it('auto starts another process where the search was the end of it', async () => {
    const scratch = makeScratch();
    onTestFinished(() => scratch.remove());
    const dying = (runtime: Runtime): Runtime => ({
      ...runtime,
      async open(opening) {
        await runtime.close();
        return runtime.open(opening);
      },
    });
    const runtimes: Runtime[] = [];
    const start = () => {
      const runtime = startRuntime({ env: NO_VULKAN });
      runtimes.push(runtimes.length === 0 ? dying(runtime) : runtime);
      return runtimes.at(-1) ?? runtime;
    };
    const { device, runtime } = await chooseDevice(start, scratch, 'auto', false);
    onTestFinished(() => runtime.close());
    expect(device).toEqual(CPU);
    expect(runtimes.indexOf(runtime)).toBe(1);
    expect(runtime.isRunning()).toBe(true);
  });

  it.each(['auto', 'cpu'] as const)('%s does not pass for a GPU that was demanded', async (wanted) => {
    const { code, exitCode } = await refusalOf(() => choose(wanted, true, NO_VULKAN));
    expect({ code, exitCode }).toEqual({ code: 'PROVIDER_ABSENT', exitCode: 6 });
  });

  it.each(['webgpu', 'cuda', 'coreml', 'dml'] as const)(
    '%s by name is refused, with what to do',
    async (wanted) => {
      const { code, message, tryThis } = await refusalOf(() => choose(wanted, false, NO_VULKAN));
      expect(code).toBe('PROVIDER_ABSENT');
      expect(message).toContain(wanted);
      expect(tryThis.length).toBe(2);
    },
  );
});

const software = SOFTWARE_VULKAN ?? {};

describe.skipIf(SOFTWARE_VULKAN === null)('with a software device (needs that of Debian’s chromium)', () => {
  it('auto passes it over, and says so', async () => {
    const { device, notes, started } = await choose('auto', false, software);
    expect(device).toEqual(CPU);
    // WebGPU holds on to what it found: the graphs run in a process that never saw it.
    expect(started).toBe(2);
    expect(notes).toEqual([
      expect.stringMatching(/SwiftShader.* is a software device, no GPU; --provider webgpu/),
    ]);
  });

  it('webgpu takes it, and says what it is', async () => {
    const { device } = await choose('webgpu', false, software);
    expect(device).toMatchObject({
      provider: 'webgpu',
      adapter: expect.stringMatching(/SwiftShader/),
      software: true,
    });
  });

  it.each(['auto', 'webgpu'] as const)(
    '%s does not pass it off as a GPU that was demanded',
    async (wanted) => {
      const { code, saw } = await refusalOf(() => choose(wanted, true, software));
      expect(code).toBe('PROVIDER_ABSENT');
      expect(saw).toMatch(/software device/);
    },
  );
});
