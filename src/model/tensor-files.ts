import { MarginError } from '../errors.ts';
import { create, decode, encode } from './codec.ts';
import { type Element, elementNumber } from './elements.ts';
import { toHalf } from './half.ts';
import type { Model } from './model.ts';
import type { NumberArray } from './number-array.ts';
import { readTensor, type TensorValue } from './tensors.ts';
import { wholeFile } from './whole-file.ts';

/** A tensor with its name: what a file of ONNX's test data holds, as one TensorProto. */
export interface NamedTensor extends TensorValue {
  readonly name: string;
}

/** The bytes of such a file. float16 is given as the float32 that it was widened to, or as its bits. */
export function encodeTensor({ name, element, dims, data }: NamedTensor): Uint8Array {
  const rawData = bytesOf(element === 'float16' && data instanceof Float32Array ? halves(data) : data);
  const fields = { name, dims, dataType: elementNumber(element), rawData };
  return encode('TensorProto', create('TensorProto', fields));
}

const halves = (data: Float32Array) => Uint16Array.from(data, toHalf);

const bytesOf = ({ buffer, byteOffset, byteLength }: NumberArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** What tensors that stand alone are read with: there is no folder in which their elements could lie. */
const nowhere = (): Model => ({ proto: create('ModelProto'), bytes: 0, sha256: () => '' });

/** Reads such a file. @throws MarginError BAD_DATA where it is not there, is cut off, or holds something else */
export function readTensorFile(path: string): NamedTensor {
  try {
    const proto = decode('TensorProto', wholeFile(path));
    return { name: proto.name ?? '', ...readTensor(nowhere(), proto) };
  } catch (cause) {
    const { message } = cause instanceof Error ? cause : { message: String(cause) };
    const saw = cause instanceof MarginError ? (cause.saw ?? message) : message;
    throw new MarginError({
      code: 'BAD_DATA',
      message: `${path} cannot be read as a tensor.`,
      saw,
      expected: 'a file of ONNX’s test data: one TensorProto with its elements',
      tryThis: ['get the file again: it may be cut off, or a pointer of Git LFS', 'record the fixture again'],
      cause,
    });
  }
}

/** Whether elements of that type can lie in such a file. */
export const canBeStored = (element: string): element is Element =>
  elementNumber(element as Element) > 0 && !/^(string|complex)/.test(element);
