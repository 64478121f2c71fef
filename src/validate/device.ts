import { execFileSync } from 'node:child_process';
import { isMarginError, MarginError } from '../errors.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { create } from '../model/codec.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import type { Provider, ProviderChoice } from './messages.ts';
import { isSoftware } from './proof.ts';
import type { Runtime } from './runtime.ts';

/** What runs the graphs. */
export interface Device {
  readonly provider: Provider;
  /** Its name, where it tells one. */
  readonly adapter: string | null;
  /** It is a program that plays the part of a GPU. */
  readonly software: boolean;
}

/** GPUs that `auto` looks for, the best first. CoreML is asked for by name: it may compute in float16. */
const GPUS: readonly Provider[] =
  process.platform === 'win32' ? ['cuda', 'dml', 'webgpu'] : ['cuda', 'webgpu'];

/** A device, and the running process that has it open. */
export interface Chosen {
  readonly device: Device;
  readonly runtime: Runtime;
  /** GPUs that were passed over, with the reason. */
  readonly notes: readonly string[];
}

/**
 * Settles on a device by running a small model on it: to be listed is not to be there.
 * @throws MarginError PROVIDER_ABSENT
 */
export async function chooseDevice(
  start: () => Runtime,
  scratch: Scratch,
  wanted: ProviderChoice,
  requireGpu: boolean,
): Promise<Chosen> {
  const model = scratch.path('probe.onnx');
  await writeScratchModel(model, probe());
  if (wanted !== 'auto') return demanded(start(), model, wanted, requireGpu);
  const notes: string[] = [];
  let runtime = start();
  for (const provider of GPUS) {
    const found = await deviceOn(runtime, model, provider);
    // A session that could not be made leaves the process as it was, unless it took it along.
    if ('absent' in found && runtime.isRunning()) continue;
    if ('device' in found && !found.device.software) return { ...found, runtime, notes };
    if ('device' in found) notes.push(passedOver(found.device));
    await runtime.close();
    runtime = start();
  }
  if (!requireGpu) return { device: { provider: 'cpu', adapter: null, software: false }, runtime, notes };
  await runtime.close();
  throw noGpu(null, notes);
}

const passedOver = ({ adapter, provider }: Device) =>
  `${adapter} is a software device, no GPU; --provider ${provider} runs on it`;

/** The provider that was asked for by name, or a refusal. */
async function demanded(
  runtime: Runtime,
  model: string,
  provider: Provider,
  requireGpu: boolean,
): Promise<Chosen> {
  const found = await deviceOn(runtime, model, provider);
  if ('device' in found && (!requireGpu || (provider !== 'cpu' && !found.device.software)))
    return { ...found, runtime, notes: [] };
  await runtime.close();
  throw 'absent' in found ? absent(provider, found.absent) : noGpu(found.device);
}

/** The device that a provider runs a small model on, or why it runs on none. */
async function deviceOn(
  runtime: Runtime,
  model: string,
  provider: Provider,
): Promise<{ readonly device: Device } | { readonly absent: string }> {
  try {
    const session = await runtime.open({ model, provider });
    await session.run({ x: { element: 'float32', dims: [1], data: Float32Array.of(1) } });
    // It ends with the process: with its last session WebGPU gives its device up, and the next would have to open it anew.
  } catch (error) {
    if (isMarginError(error)) return { absent: error.saw ?? error.message };
    await runtime.close();
    throw error;
  }
  const vulkan = provider === 'webgpu' ? runtime.adapter() : null;
  const adapter = provider === 'cuda' ? cudaName() : (vulkan?.name ?? null);
  return { device: { provider, adapter, software: isSoftware(vulkan) } };
}

/** x + x: the least that a provider must be able to run. */
function probe() {
  const graph = create('GraphProto', {
    name: 'probe',
    node: [create('NodeProto', { name: 'add', opType: 'Add', input: ['x', 'x'], output: ['y'] })],
    input: [tensorInfo('x', 'float32', [1])],
    output: [tensorInfo('y', 'float32', [1])],
  });
  const opsetImport = [create('OperatorSetIdProto', { domain: '', version: 13 })];
  return { proto: create('ModelProto', { irVersion: 7, opsetImport, graph }), bytes: 0, sha256: () => '' };
}

/** CUDA's own name of the first GPU, where its tool is installed. */
function cudaName(): string | null {
  try {
    const query = ['--query-gpu=name', '--format=csv,noheader'];
    return (
      execFileSync('nvidia-smi', query, { encoding: 'utf8', timeout: 5000 }).split('\n')[0]?.trim() || null
    );
  } catch {
    return null;
  }
}

const HELP: Readonly<Record<Provider, string>> = {
  cpu: 'install onnxruntime-node again',
  webgpu: 'install a Vulkan driver; Debian’s chromium package brings one made of software',
  cuda: 'npm rebuild onnxruntime-node --ignore-scripts=false, with CUDA 12 and cuDNN 9 (Linux x64)',
  dml: 'DirectML runs on Windows only',
  coreml: 'CoreML runs on macOS only',
};

function absent(provider: Provider, saw: string): MarginError {
  return new MarginError({
    code: 'PROVIDER_ABSENT',
    message: `The provider ${provider} is not there, or does not work.`,
    saw: `${provider}: ${saw}`,
    expected: `onnxruntime-node with a working ${provider} provider`,
    tryThis: ['--provider auto', HELP[provider]],
  });
}

function noGpu(device: Device | null, notes: readonly string[] = []): MarginError {
  const saw =
    device === null ? notes.join('; ') || `none of ${GPUS.join(', ')}` : (device.adapter ?? device.provider);
  return new MarginError({
    code: 'PROVIDER_ABSENT',
    message: 'A GPU was demanded, and there is none.',
    saw: device?.software ? `${saw}, a software device` : saw,
    expected: 'a GPU that ONNX Runtime can use',
    tryThis: ['leave --require-gpu out', HELP.webgpu, HELP.cuda],
  });
}
