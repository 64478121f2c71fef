import { describe, expect, it } from 'vitest';
import { CLASSIFIERS, classifiers, failedChecks } from '../helpers/classifiers.ts';
import { SOFTWARE_VULKAN, useSoftwareVulkan } from '../helpers/vulkan.ts';

/** Backbones for ImageNet: minutes each on a device made of software, where they were run by hand: docs/gpu.md. */
const HEAVY: ReadonlySet<string> = new Set(['onnx-light-resnet50', 'onnx-light-inception-v1']);

describe.skipIf(CLASSIFIERS === null || SOFTWARE_VULKAN === null)(
  'classifiers on WebGPU (need the shared models folder, and a Vulkan device such as that of Debian’s chromium)',
  () => {
    useSoftwareVulkan();

    it.each(classifiers().filter((name) => !HEAVY.has(name)))('%s', async (name) => {
      expect(await failedChecks(name, 'arcface', 'webgpu')).toEqual([]);
    });
  },
);
