/** As much of a tensor of ONNX Runtime as keeping it needs. */
export interface Keepable {
  readonly location: string;
  readonly type: string;
  readonly dims: readonly number[];
  dispose(): void;
}

/** Tensors that stay in the process between runs, by their names. */
export interface KeptTensors<T extends Keepable> {
  /** @throws Error where nothing is kept under that name */
  get(name: string): T;
  /** A tensor of the same kind that nobody reads any more, for the next one to be written into; null where there is none. */
  spare(name: string): T | null;
  set(name: string, tensor: T): void;
}

/**
 * Keeps a tensor and the one before it under each name: the next is written over the one before, so that a loop whose
 * outputs are its next inputs allocates nothing. What lies on a device is given back instead.
 */
export function keptTensors<T extends Keepable>(): KeptTensors<T> {
  const kept = new Map<string, { readonly now: T; readonly before: T | null }>();
  return {
    get(name) {
      const found = kept.get(name);
      if (found === undefined) throw new Error(`nothing is kept as ${name}`);
      return found.now;
    },
    spare: (name) => kept.get(name)?.before ?? null,
    set(name, tensor) {
      const old = kept.get(name);
      const last = old === undefined || old.now === tensor ? null : old.now;
      if (last !== null && last.location !== 'cpu') last.dispose();
      const fits =
        last !== null &&
        last.location === 'cpu' &&
        last.type === tensor.type &&
        last.dims.join() === tensor.dims.join();
      kept.set(name, { now: tensor, before: fits ? last : null });
    },
  };
}
