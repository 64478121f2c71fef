/** As much of a tensor of ONNX Runtime as keeping it needs. */
export interface Keepable {
  readonly location: string;
  dispose(): void;
}

/** Tensors that stay in the process between runs, by their names. */
export interface KeptTensors<T extends Keepable> {
  /** @throws Error where nothing is kept under that name */
  get(name: string): T;
  set(name: string, tensor: T): void;
}

/** Keeps a tensor under each name. The one before it is given back where it lies on a device, and left to the collector else. */
export function keptTensors<T extends Keepable>(): KeptTensors<T> {
  const kept = new Map<string, T>();
  return {
    get(name) {
      const found = kept.get(name);
      if (found === undefined) throw new Error(`nothing is kept as ${name}`);
      return found;
    },
    set(name, tensor) {
      const old = kept.get(name);
      if (old !== tensor && old !== undefined && old.location !== 'cpu') old.dispose();
      kept.set(name, tensor);
    },
  };
}
