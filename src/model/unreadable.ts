import { MarginError } from '../errors.ts';

/** The refusal of a file that is not what it should be. */
export function unreadable(name: string, saw: string, cause?: unknown): MarginError {
  return new MarginError({
    code: 'UNREADABLE_MODEL',
    message: `${name} cannot be read as an ONNX model.`,
    saw,
    expected: 'an ONNX file: one ModelProto with a graph',
    tryThis: ['check that the file is whole: compare its size with the original', 'open it in Netron'],
    cause,
  });
}
