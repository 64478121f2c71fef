import { type Tensor, tensor } from '#expr/kernels.js';
import type { Takes } from '#heads/taken.js';

/** Noise for what a head takes of it: fixed numbers of either sign, one a sample. */
export function noiseOf(takes: Takes, count: number): Record<string, number[]> {
  const names = Object.entries(takes).flatMap(([name, { kind }]) => (kind === 'noise' ? [name] : []));
  return Object.fromEntries(
    names.map((name) => [name, Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1))]),
  );
}

/** Bindings for everything that has no default of its own. */
export function takenTensors(
  takes: Takes,
  noise: Readonly<Record<string, readonly number[]>>,
): Record<string, Tensor> {
  const bound: Record<string, Tensor> = {};
  for (const [name, taken] of Object.entries(takes)) {
    if (taken.kind === 'perClass') bound[name] = tensor(taken.values, [1, taken.values.length]);
    if (taken.kind === 'learned') bound[name] = tensor(taken.initial);
    if (taken.kind === 'noise') bound[name] = tensor(noise[name] ?? []);
  }
  return bound;
}
