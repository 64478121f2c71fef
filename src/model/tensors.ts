import { MarginError } from '../errors.ts';
import { create } from './codec.ts';
import { type Element, elementName, elementNumber } from './elements.ts';
import { externalSpan, isExternal } from './external.ts';
import { fromBfloat, fromHalf } from './half.ts';
import type { Model } from './model.ts';
import type { NumberArray } from './number-array.ts';
import type { DataField, Int64, Payload, TensorProto } from './proto.ts';
import { toNumber } from './proto.ts';
import { bytesOf, bytesPayload, bytesSource, type Runs, runsOf, spanOf } from './source.ts';
import { countVarints, readVarints } from './varints.ts';

export type { NumberArray } from './number-array.ts';
export type { Runs } from './source.ts';

/** The elements of a tensor in row-major order. float16 and bfloat16 are widened to float32; a bool is 0 or 1. */
export interface TensorValue {
  readonly element: Element;
  readonly dims: readonly number[];
  readonly data: NumberArray;
}

/** The lists of numbers that data may lie in. */
type ListField = Exclude<DataField, 'rawData' | 'stringData'>;

/** How an element type is stored: the array that its bytes are, and the field for those who do not write bytes. */
interface Storage {
  readonly size: number;
  readonly from: (buffer: ArrayBuffer) => NumberArray;
  readonly field: ListField;
  readonly widen?: (bits: number) => number;
}

const STORAGE: Readonly<Partial<Record<Element, Storage>>> = {
  float32: { size: 4, from: (buffer) => new Float32Array(buffer), field: 'floatData' },
  float64: { size: 8, from: (buffer) => new Float64Array(buffer), field: 'doubleData' },
  int8: { size: 1, from: (buffer) => new Int8Array(buffer), field: 'int32Data' },
  uint8: { size: 1, from: (buffer) => new Uint8Array(buffer), field: 'int32Data' },
  bool: { size: 1, from: (buffer) => new Uint8Array(buffer), field: 'int32Data' },
  int16: { size: 2, from: (buffer) => new Int16Array(buffer), field: 'int32Data' },
  uint16: { size: 2, from: (buffer) => new Uint16Array(buffer), field: 'int32Data' },
  float16: { size: 2, from: (buffer) => new Uint16Array(buffer), field: 'int32Data', widen: fromHalf },
  bfloat16: { size: 2, from: (buffer) => new Uint16Array(buffer), field: 'int32Data', widen: fromBfloat },
  int32: { size: 4, from: (buffer) => new Int32Array(buffer), field: 'int32Data' },
  uint32: { size: 4, from: (buffer) => new Uint32Array(buffer), field: 'uint64Data' },
  int64: { size: 8, from: (buffer) => new BigInt64Array(buffer), field: 'int64Data' },
  uint64: { size: 8, from: (buffer) => new BigUint64Array(buffer), field: 'uint64Data' },
};

/** The lists whose encoded content is the elements themselves, in little-endian order. */
const PLAIN: ReadonlySet<ListField> = new Set<ListField>(['floatData', 'doubleData']);

/**
 * The elements of a tensor, wherever they lie. Nothing is allocated before shape and data are known to agree.
 * @throws MarginError UNREADABLE_MODEL (shape and data disagree), MISSING_WEIGHTS, UNSUPPORTED_MODEL (element type)
 */
export function readTensor(model: Model, tensor: TensorProto): TensorValue {
  const { element, storage, dims, count } = factsOf(tensor);
  const bytes = plainBytes(model, tensor, storage, count);
  const stored =
    bytes === null ? listedElements(tensor, storage, count) : storage.from(bytesOf([bytes]).buffer);
  return { element, dims, data: widened(storage, stored) };
}

/**
 * Some elements of a tensor, as `readTensor` gives them: runs of equal length, such as rows of a matrix or a part of
 * each. Only these are read where they lie as plain bytes. @throws MarginError as `readTensor` does
 */
export function readRuns(model: Model, tensor: TensorProto, runs: Runs): NumberArray {
  const { storage, count } = factsOf(tensor);
  const bytes = plainBytes(model, tensor, storage, count);
  if (bytes === null) return pickRuns(readTensor(model, tensor).data, runs);
  const { size, from } = storage;
  const { first, length, stride } = runs;
  const scaled = { ...runs, first: first * size, length: length * size, stride: stride * size };
  return widened(storage, from(runsOf(bytes, scaled).buffer));
}

/** The same of elements in memory. */
export function pickRuns<A extends NumberArray>(data: A, { first, length, stride, count }: Runs): A {
  const picked = data.slice(0, length * count) as A;
  for (let i = 0; i < count; i++) {
    const from = first + i * stride;
    picked.set(data.subarray(from, from + length) as never, i * length);
  }
  return picked;
}

/** What a tensor says of itself, and how elements of its type are stored. */
function factsOf(tensor: TensorProto) {
  const name = elementName(tensor.dataType);
  const storage = (STORAGE as Readonly<Record<string, Storage>>)[name];
  if (storage === undefined) throw unsupported(tensor, name);
  const dims = tensor.dims.map((dim) => toNumber(dim));
  if (dims.some((dim) => dim < 0)) throw disagrees(tensor, `a dimension below 0`, 'dimensions of 0 or more');
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { element: name as Element, storage, dims, count };
}

/** Whether the elements of a tensor are there, as many as its shape asks for, without reading them. @throws MarginError as `readTensor` does */
export function requireElements(model: Model, tensor: TensorProto): void {
  const { storage, count } = factsOf(tensor);
  if (plainBytes(model, tensor, storage, count) === null) requireNumbers(tensor, storage, count);
}

const widened = ({ widen }: Storage, stored: NumberArray): NumberArray =>
  widen ? Float32Array.from(stored as Uint16Array, widen) : stored;

/** Elements that are a list of numbers. */
function listedElements(tensor: TensorProto, storage: Storage, count: number): NumberArray {
  const { size, from, field } = storage;
  const encoded = requireNumbers(tensor, storage, count);
  const { [field]: listed } = tensor;
  const data = from(new ArrayBuffer(count * size));
  if (encoded !== null) readVarints(encoded, data);
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.set(listed.map(toBigInt));
  else data.set(listed.map((each) => toNumber(each)));
  return data;
}

/** Data that lies as the elements themselves, all of them; null where it is a list of numbers. */
function plainBytes(model: Model, tensor: TensorProto, storage: Storage, count: number): Payload | null {
  const needed = count * storage.size;
  const bytes = isExternal(tensor) ? externalSpan(model, tensor, needed) : plainInside(tensor, storage);
  if (bytes !== null && bytes.byteLength !== needed)
    throw disagrees(tensor, `${bytes.byteLength} bytes of data`, `${needed} bytes for ${count} elements`);
  return bytes;
}

/**
 * The elements of a tensor as ONNX stores them outside a model: raw bytes, little-endian. Null for strings and for lists
 * of a type that is not handled here. @throws MarginError as `readTensor` does
 */
export function rawBytes(model: Model, tensor: TensorProto): Payload | null {
  const name = elementName(tensor.dataType);
  const storage = (STORAGE as Readonly<Record<string, Storage>>)[name];
  if (storage === undefined) {
    // Also of types that cannot be read as numbers the bytes are what they are.
    if (isExternal(tensor)) return externalSpan(model, tensor);
    const { payload, rawData } = tensor;
    if (payload?.field === 'rawData') return payload.bytes;
    return rawData === undefined ? null : bytesPayload(rawData);
  }
  const { count } = factsOf(tensor);
  const plain = plainBytes(model, tensor, storage, count);
  if (plain !== null) return plain;
  const { buffer } = listedElements(tensor, storage, count);
  return bytesPayload(new Uint8Array(buffer));
}

function plainInside({ payload, rawData }: TensorProto, { field }: Storage): Payload | null {
  if (payload?.field === 'rawData' || (payload?.field === field && PLAIN.has(field))) return payload.bytes;
  return rawData === undefined ? null : spanOf(bytesSource(rawData), 0, rawData.length);
}

/** A list that holds all elements; the encoded one where it was left in the file. */
function requireNumbers(tensor: TensorProto, { field }: Storage, count: number): Payload | null {
  const { payload, [field]: listed } = tensor;
  const encoded = payload?.field === field ? payload.bytes : null;
  const found = encoded === null ? listed.length : countVarints(encoded);
  if (found !== count) throw disagrees(tensor, `${found} numbers in ${field}`, `${count} elements`);
  return encoded;
}

const toBigInt = (value: Int64) => (typeof value === 'number' ? BigInt(value) : value.toBigInt());

/** A tensor of these elements, as bytes. */
export function makeTensor(
  name: string,
  dims: readonly number[],
  data: Float32Array | Int32Array | BigInt64Array,
): TensorProto {
  const element = data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return create('TensorProto', { name, dims, dataType: elementNumber(element), rawData });
}

/** Payloads of this size and more are computed while they are written; smaller ones at once. */
const LARGE = 1 << 16;

/** A float32 tensor whose bytes are computed: they must fit its shape. */
export function madeTensor(name: string, dims: readonly number[], bytes: Payload): TensorProto {
  const facts = { name, dims, dataType: elementNumber('float32') };
  return bytes.byteLength < LARGE
    ? create('TensorProto', { ...facts, rawData: bytesOf([bytes]) })
    : create('TensorProto', { ...facts, payload: { field: 'rawData', bytes } });
}

function disagrees({ name, dims }: TensorProto, saw: string, expected: string): MarginError {
  return new MarginError({
    code: 'UNREADABLE_MODEL',
    message: `Tensor "${name ?? ''}" of shape [${dims.join(', ')}] has data that do not fit it.`,
    saw,
    expected,
    tryThis: ['export the model again: the file is damaged'],
  });
}

function unsupported({ name, dataType }: TensorProto, element: string): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `Tensor "${name ?? ''}" has elements that cannot be read as numbers here.`,
    saw: `${element} (data type ${dataType ?? 0})`,
    expected: Object.keys(STORAGE).join(', '),
    tryThis: ['store these weights as float32'],
  });
}
