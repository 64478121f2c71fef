import { attribute } from '../graph/attributes.ts';
import { storedTensor } from '../graph/constants.ts';
import { readTensor } from '../model/tensors.ts';
import type { Site } from './operator.ts';

/** The one number that a value holds, or null where it holds more of them or is computed. */
export function storedNumber({ view }: Site, value: string): number | null {
  const tensor = storedTensor(view, value);
  if (tensor !== null) {
    if (tensor.dims.some((dim) => Number(dim) !== 1)) return null;
    return Number(readTensor(view.model, tensor).data[0] ?? Number.NaN);
  }
  const node = view.producer(value);
  if (node?.opType !== 'Constant') return null;
  const [float, int] = [attribute(node, 'value_float'), attribute(node, 'value_int')];
  return float?.f ?? (int === null ? null : Number(int.i ?? 0));
}
