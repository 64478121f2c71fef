import { describe, expect, it } from 'vitest';
import { isSoftware, placementIn } from '#validate/proof.js';

const event = (name: string, provider: string, op = 'Add') => ({
  cat: 'Node',
  name: `${name}_kernel_time`,
  args: { provider, op_name: op },
});

const profile = (...events: object[]) => JSON.stringify(events);

describe('placementIn', () => {
  it('counts a node once, however often it ran, in each graph', () => {
    const first = profile(event('a', 'WebGpuExecutionProvider'), event('a', 'WebGpuExecutionProvider'));
    const second = profile(event('a', 'WebGpuExecutionProvider'));
    expect(placementIn([first, second], 'webgpu')).toEqual({
      total: 2,
      byProvider: { WebGpuExecutionProvider: 2 },
      fallen: [],
    });
  });

  it('names the nodes that ran elsewhere', () => {
    const text = profile(
      event('equal', 'CPUExecutionProvider', 'Equal'),
      event('mul', 'WebGpuExecutionProvider', 'Mul'),
      { cat: 'Session', name: 'model_run' },
      { cat: 'Node', name: 'mul_fence_before', args: { op_name: 'Mul' } },
    );
    expect(placementIn([text], 'webgpu')).toEqual({
      total: 2,
      byProvider: { CPUExecutionProvider: 1, WebGpuExecutionProvider: 1 },
      fallen: ['Equal "equal"'],
    });
  });
});

describe('isSoftware', () => {
  it.each([
    ['SwiftShader Device (Subzero)', '/usr/lib/libvk_swiftshader.so'],
    ['llvmpipe (LLVM 15.0.6, 256 bits)', 'libvulkan_lvp.so'],
    ['Microsoft Basic Render Driver', ''],
  ])('%s', (name, driver) => {
    expect(isSoftware({ name, driver })).toBe(true);
  });

  it.each([
    ['NVIDIA H100 80GB HBM3', 'libGLX_nvidia.so.0'],
    ['AMD Radeon RX 7900', 'libvulkan_radeon.so'],
  ])('not %s', (name, driver) => {
    expect(isSoftware({ name, driver })).toBe(false);
  });

  it('not a device that says nothing', () => {
    expect(isSoftware(null)).toBe(false);
  });
});
