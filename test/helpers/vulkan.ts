import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** Where Debian's chromium package puts the description of its software Vulkan device. */
const ICD = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * The environment in which WebGPU finds a software device, so that its whole path runs on a machine without a GPU; null
 * where there is none, and tests that need it then say so and skip.
 */
export const SOFTWARE_VULKAN: Readonly<Record<string, string>> | null = existsSync(ICD)
  ? {
      VK_ICD_FILENAMES: ICD,
      VK_DRIVER_FILES: ICD,
      XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), 'onnx-margin-xdg-')),
    }
  : null;

/** For the tests beside it, the environment is the one in which WebGPU finds the software device. */
export function useSoftwareVulkan(): void {
  const before = { ...process.env };
  beforeAll(() => {
    Object.assign(process.env, SOFTWARE_VULKAN);
  });
  afterAll(() => {
    process.env = before;
  });
}
