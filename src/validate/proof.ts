import type { Adapter, Provider } from './runtime.ts';

/** How it is known where the nodes ran. */
export interface Proof {
  /** `strict`: ONNX Runtime was told to refuse any other provider. `profiled`: each node's provider is in its profile. */
  readonly level: 'strict' | 'profiled';
  readonly provider: Provider;
  /** The device, where it tells its name. */
  readonly adapter: string | null;
  /** The device is made of software, and is no GPU. */
  readonly software: boolean;
  readonly nodes: Placement;
}

/** Where the nodes of some runs were executed. */
export interface Placement {
  readonly total: number;
  readonly byProvider: Readonly<Record<string, number>>;
  /** Nodes that ran elsewhere than asked, each once. */
  readonly fallen: readonly string[];
}

/** What ONNX Runtime calls its providers in a profile. */
const NAMES: Readonly<Record<Provider, string>> = {
  cpu: 'CPUExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
  cuda: 'CUDAExecutionProvider',
  dml: 'DmlExecutionProvider',
  coreml: 'CoreMLExecutionProvider',
};

interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

const KERNEL = /_kernel_time$/;

/** Reads the placement of nodes from profiles of ONNX Runtime; a node counts once, however often it ran. */
export function placementIn(profiles: readonly string[], provider: Provider): Placement {
  const nodes = new Map<string, string>();
  for (const [index, profile] of profiles.entries()) {
    for (const { cat, name = '', args } of JSON.parse(profile) as ProfileEvent[]) {
      if (cat !== 'Node' || !KERNEL.test(name) || args?.provider === undefined) continue;
      nodes.set(`${index} ${args.op_name ?? ''} "${name.replace(KERNEL, '')}"`, args.provider);
    }
  }
  const byProvider: Record<string, number> = {};
  for (const ran of nodes.values()) byProvider[ran] = (byProvider[ran] ?? 0) + 1;
  const fallen = [...nodes].filter(([, ran]) => ran !== NAMES[provider]);
  return {
    total: nodes.size,
    byProvider,
    fallen: [...new Set(fallen.map(([node]) => node.replace(/^\d+ /, '')))],
  };
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Whether a device is a program that only plays the part of one. */
export function isSoftware(adapter: Adapter | null): boolean {
  return adapter !== null && (SOFTWARE.test(adapter.name) || SOFTWARE.test(adapter.driver));
}
