import type { Model } from '../model/model.ts';
import { makeScratch, type Scratch } from '../model/scratch.ts';
import { chooseDevice, type Device } from '../validate/device.ts';
import { LARGE_PAGES, type Runtime, startRuntime } from '../validate/runtime.ts';
import type { TrainOptions } from './options.ts';

/** Where steps run. */
export interface Place {
  readonly device: Device;
  readonly runtime: Runtime;
  readonly scratch: Scratch;
}

/**
 * Does work in a place that goes when it is done, however it ends; `notes` tell what is to be known of the device.
 * @throws MarginError PROVIDER_ABSENT, RUNTIME_FAILED, and what the work throws
 */
export async function withPlace<T>(
  model: Model,
  {
    provider = 'auto',
    requireGpu = false,
    timeout,
  }: Pick<TrainOptions, 'provider' | 'requireGpu' | 'timeout'>,
  work: (place: Place, notes: readonly string[]) => Promise<T>,
): Promise<T> {
  const scratch = makeScratch(model);
  try {
    const running = {
      env: LARGE_PAGES,
      scratch: scratch.folder,
      ...(timeout === undefined ? {} : { timeout }),
    };
    const start = () => startRuntime(running);
    const { device, runtime, notes } = await chooseDevice(start, scratch, provider, requireGpu);
    try {
      return await work({ device, runtime, scratch }, notes);
    } finally {
      await runtime.close();
    }
  } finally {
    scratch.remove();
  }
}
