import { describe, expect, it } from 'vitest';
import { create } from '#model/codec.js';
import { type Element, elementNumber } from '#model/elements.js';
import { fromBfloat, fromHalf } from '#model/half.js';
import type { TensorProto } from '#model/proto.js';
import { modelFromBytes } from '#model/read.js';
import { makeTensor, readTensor } from '#model/tensors.js';
import { encodeModel } from '#model/write.js';
import { refusalOf } from '../helpers/refusal.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const nobody = modelOf({});

function tensorOf(element: Element, dims: readonly number[], fields: Partial<TensorProto>): TensorProto {
  return create('TensorProto', { name: 'w', dims, dataType: elementNumber(element), ...fields });
}

/** The same tensor as it is read from a file. */
function fromFile(tensor: TensorProto): TensorProto {
  const [read] =
    modelFromBytes(encodeModel(modelOf({ initializer: [tensor] }))).proto.graph?.initializer ?? [];
  if (read === undefined) throw new Error('the tensor is gone');
  return read;
}

type Values = readonly (number | bigint)[];

/** An element type, its values, its bytes, and the list that holds it otherwise. */
const KINDS: readonly [Element, Values, ArrayBufferView<ArrayBuffer>, Partial<TensorProto>][] = [
  ['float32', [1.5, -0, Infinity], Float32Array.of(1.5, -0, Infinity), { floatData: [1.5, -0, Infinity] }],
  ['float64', [1 / 3, -1e300], Float64Array.of(1 / 3, -1e300), { doubleData: [1 / 3, -1e300] }],
  ['int8', [-128, 127], Int8Array.of(-128, 127), { int32Data: [-128, 127] }],
  ['uint8', [0, 255], Uint8Array.of(0, 255), { int32Data: [0, 255] }],
  ['bool', [0, 1], Uint8Array.of(0, 1), { int32Data: [0, 1] }],
  ['int16', [-32768, 32767], Int16Array.of(-32768, 32767), { int32Data: [-32768, 32767] }],
  ['uint16', [0, 65535], Uint16Array.of(0, 65535), { int32Data: [0, 65535] }],
  [
    'int32',
    [-(2 ** 31), 2 ** 31 - 1],
    Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
    { int32Data: [-(2 ** 31), 2 ** 31 - 1] },
  ],
  ['uint32', [0, 2 ** 32 - 1], Uint32Array.of(0, 2 ** 32 - 1), { uint64Data: [0, 2 ** 32 - 1] }],
  [
    'int64',
    [-(2n ** 40n), 7n, -1n],
    BigInt64Array.of(-(2n ** 40n), 7n, -1n),
    { int64Data: [-(2 ** 40), 7, -1] },
  ],
  ['uint64', [2n ** 52n, 0n], BigUint64Array.of(2n ** 52n, 0n), { uint64Data: [2 ** 52, 0] }],
  ['float16', [1, -2, 2 ** -24], Uint16Array.of(0x3c00, 0xc000, 1), { int32Data: [0x3c00, 0xc000, 1] }],
  [
    'bfloat16',
    [1, -2, 3.140625],
    Uint16Array.of(0x3f80, 0xc000, 0x4049),
    { int32Data: [0x3f80, 0xc000, 0x4049] },
  ],
];

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>) =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe.each(KINDS)('%s', (element, values, array, list) => {
  const count = values.length;

  it.each([
    ['bytes', { rawData: bytesOf(array) }],
    ['a list', list],
  ])('is read from %s, made or from a file', (_, fields) => {
    const tensor = tensorOf(element, [1, count], fields);
    for (const each of [tensor, fromFile(tensor)]) {
      const value = readTensor(nobody, each);
      expect({ ...value, data: [...value.data] }).toEqual({ element, dims: [1, count], data: values });
    }
  });

  it('is read from where much of it lies in a file', () => {
    const times = 70_000;
    const repeated = Object.fromEntries(
      Object.entries(list).map(([key, each]) => [key, new Array(times).fill(each).flat()]),
    );
    const raw = { rawData: Buffer.concat(new Array(times).fill(bytesOf(array))) };
    for (const fields of [raw, repeated]) {
      const read = fromFile(tensorOf(element, [times, count], fields));
      expect(read.payload).toBeDefined();
      const { data } = readTensor(nobody, read);
      expect(data.length).toBe(times * count);
      expect([...data.slice(0, count)]).toEqual(values);
      expect([...data.slice(-count)]).toEqual(values);
      // Every repetition is the first one: a sum of 64 bits would not see two that are swapped.
      expect(data.every((each, i) => Object.is(each, values[i % count]))).toBe(true);
    }
  });

  it('is refused with one element too few or too many', async () => {
    for (const fields of [{ rawData: bytesOf(array) }, list]) {
      for (const dims of [[count + 1], [count - 1]]) {
        const refusal = await refusalOf(() => readTensor(nobody, tensorOf(element, dims, fields)));
        expect(refusal.code).toBe('UNREADABLE_MODEL');
        expect(refusal.message).toContain(`"w" of shape [${dims}]`);
        expect(refusal.expected).toContain(`${dims} elements`);
      }
    }
  });
});

describe('readTensor', () => {
  it('knows tensors without elements, and scalars', () => {
    expect(readTensor(nobody, tensorOf('float32', [3, 0], {})).data).toEqual(new Float32Array(0));
    expect(readTensor(nobody, tensorOf('float32', [], { floatData: [7] })).data).toEqual(Float32Array.of(7));
  });

  it.each<[string, readonly number[]]>([
    ['2^60 elements', [2 ** 30, 2 ** 30]],
    ['more than a number can count', new Array(40).fill(2 ** 62)],
    ['a dimension below 0', [-1, -4]],
  ])('refuses %s at once', async (_, dims) => {
    const tensor = fromFile(tensorOf('float32', dims, { rawData: new Uint8Array(16) }));
    expect((await refusalOf(() => readTensor(nobody, tensor))).code).toBe('UNREADABLE_MODEL');
  });

  it.each<[string, Partial<TensorProto>]>([
    ['strings', { dataType: 8 }],
    ['complex numbers', { dataType: 14 }],
    ['4 bits', { dataType: 22 }],
    ['no type', { dataType: 0 }],
  ])('refuses %s by name', async (_, fields) => {
    const refusal = await refusalOf(() => readTensor(nobody, tensorOf('float32', [0], fields)));
    expect(refusal.code).toBe('UNSUPPORTED_MODEL');
    expect(refusal.saw).toContain(`data type ${fields.dataType}`);
  });
});

describe('makeTensor', () => {
  it.each([
    ['float32', Float32Array.of(0.1, -0)],
    ['int32', Int32Array.of(-5, 5)],
    ['int64', BigInt64Array.of(-(2n ** 63n), 1n)],
  ] as const)('makes %s that is read again, of data that may change later', (element, data) => {
    const expected = data.slice();
    const tensor = makeTensor('t', [2], data);
    data.fill(data instanceof BigInt64Array ? (3n as never) : (3 as never));
    expect(readTensor(nobody, fromFile(tensor))).toEqual({ element, dims: [2], data: expected });
  });
});

describe('16 bits', () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ])('float16 %i is %d', (bits, value) => {
    expect(fromHalf(bits)).toBe(value);
  });

  it.each([
    [0x0001, 2 ** -133],
    [0x7f80, Infinity],
    [0x7fc0, NaN],
    [0x8000, -0],
  ])('bfloat16 %i is %d', (bits, value) => {
    expect(fromBfloat(bits)).toBe(value);
  });
});
