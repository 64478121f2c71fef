import { fromHalf, toHalf } from '../model/half.ts';
import type { NumberArray } from '../model/number-array.ts';
import type { WireTensor } from './messages.ts';

/** What a model is fed: elements in row-major order, float16 as the float32 that it is rounded from. */
export interface Feed {
  readonly element: string;
  readonly dims: readonly number[];
  readonly data: NumberArray;
}

/** What a model gave: the same, float16 widened to float32. */
export type Fetched = Feed;

/** ONNX Runtime takes and gives float16 as bits. */
export function toWire({ element, dims, data }: Feed): WireTensor {
  const bits = element === 'float16' && !(data instanceof Uint16Array);
  return { element, dims, data: bits ? Uint16Array.from(data as Float32Array, toHalf) : data };
}

export function fromWire({ element, dims, data }: WireTensor): Fetched {
  const bits = element === 'float16' && data instanceof Uint16Array;
  return { element, dims, data: bits ? Float32Array.from(data, fromHalf) : data };
}
