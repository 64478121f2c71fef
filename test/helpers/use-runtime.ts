import { afterAll, beforeAll } from 'vitest';
import { makeScratch, type Scratch } from '#model/scratch.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { SOFTWARE_VULKAN } from './vulkan.ts';

/** What is there while tests run. */
export interface Live {
  readonly runtime: Runtime;
  /** A folder for the files that it is given. */
  readonly scratch: Scratch;
}

/** For the tests beside it, ONNX Runtime in a process in which WebGPU finds the software device, where there is one. */
export function useRuntime(): Live {
  let live: Live | undefined;
  beforeAll(() => {
    const runtime = startRuntime(SOFTWARE_VULKAN === null ? {} : { env: SOFTWARE_VULKAN });
    live = { runtime, scratch: makeScratch() };
  });
  afterAll(async () => {
    await live?.runtime.close();
    live?.scratch.remove();
  });
  const started = () => {
    if (live === undefined) throw new Error('ONNX Runtime is there while tests run, and not before');
    return live;
  };
  return {
    get runtime() {
      return started().runtime;
    },
    get scratch() {
      return started().scratch;
    },
  };
}
