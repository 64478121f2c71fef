import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { canBeStored, encodeTensor, type NamedTensor, readTensorFile } from '#model/tensor-files.js';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const TENSORS: readonly NamedTensor[] = [
  { name: 'a', element: 'float32', dims: [2, 2], data: Float32Array.of(1, -0, 1e-40, Number.NaN) },
  { name: 'b', element: 'float64', dims: [1], data: Float64Array.of(Math.PI) },
  { name: 'c', element: 'float16', dims: [3], data: Float32Array.of(0.5, -2, 65504) },
  { name: 'd', element: 'int64', dims: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 62n + 1n) },
  { name: 'e', element: 'uint64', dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  { name: 'f', element: 'int32', dims: [], data: Int32Array.of(-7) },
  { name: 'g', element: 'bool', dims: [2], data: Uint8Array.of(0, 1) },
  { name: 'h', element: 'int8', dims: [1], data: Int8Array.of(-128) },
  { name: 'i', element: 'float32', dims: [0, 3], data: new Float32Array(0) },
];

describe('a tensor in a file', () => {
  it.each(TENSORS)('of $element is the same again', (tensor) => {
    const path = join(scratchFolder(), 'x.pb');
    writeFileSync(path, encodeTensor(tensor));
    expect(readTensorFile(path)).toEqual(tensor);
  });

  it('is what another reader of ONNX sees too', () => {
    const { name, dims, dataType, rawData } = onnx.TensorProto.decode(
      encodeTensor(TENSORS[0] as NamedTensor),
    );
    expect({ name, dims: dims?.map(Number), dataType }).toEqual({ name: 'a', dims: [2, 2], dataType: 1 });
    expect(Buffer.from(rawData ?? []).readFloatLE(0)).toBe(1);
  });

  it('may be a part of a larger buffer', () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const path = join(scratchFolder(), 'x.pb');
    writeFileSync(path, encodeTensor({ name: 'x', element: 'float32', dims: [2], data }));
    expect([...readTensorFile(path).data]).toEqual([1, 2]);
  });

  it('that lies elsewhere is refused', async () => {
    const bytes = onnx.TensorProto.encode({
      dims: [1],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: '/etc/hostname' }],
    }).finish();
    const path = join(scratchFolder(), 'x.pb');
    writeFileSync(path, bytes);
    expect((await refusalOf(() => readTensorFile(path))).code).toBe('BAD_DATA');
  });

  it.each(['string', 'complex64', 'nothing'])('cannot be of %s', (element) => {
    expect(canBeStored(element)).toBe(false);
  });
});
