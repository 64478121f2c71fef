import { MarginError } from '../errors.ts';
import type { GraphView } from '../graph/view.ts';
import { nearest } from '../nearest.ts';
import { inspectCommand, shellWord } from './shell.ts';

/** The float32 numbers of a protobuf message, and so of a file without external data. */
export const MOST_NUMBERS = (2 ** 31 - 1) / Float32Array.BYTES_PER_ELEMENT;

/** The value to attach to is not there. */
export function noValue(view: GraphView, value: string): MarginError {
  const outputs = view.outputs.map(({ name = '' }) => name);
  const inputs = view.inputs.map(({ name = '' }) => name);
  const made = view.nodes.flatMap(({ output }) => output).filter((name) => name !== '');
  const near = nearest(value, [...made, ...inputs]);
  return new MarginError({
    code: 'TAIL_NOT_FOUND',
    message: `The model has no value ${JSON.stringify(value)}.`,
    saw: `--embedding ${shellWord(value)}`,
    expected: 'an input of the model, or a value that one of its nodes makes',
    tryThis: [
      ...(near === null ? outputs : [near]).map((name) => `--embedding ${shellWord(name)}`),
      `${inspectCommand(view)} --graph`,
    ],
  });
}

/** It is there, but no embedding: `reason` goes on from its name. */
export function noEmbedding(view: GraphView, value: string, reason: string): MarginError {
  return new MarginError({
    code: 'TAIL_NOT_FOUND',
    message: `A head cannot be attached to ${JSON.stringify(value)}.`,
    saw: `${JSON.stringify(value)} ${reason}`,
    expected: 'a float tensor [N, D], [N, T, D] or [N, D, 1, 1] of which D is known',
    tryThis: [
      `${inspectCommand(view)} --graph`,
      'where shapes are missing, in Python: onnx.save(onnx.shape_inference.infer_shapes(onnx.load("old.onnx")), "new.onnx")',
    ],
  });
}

export function tooLarge(classes: number, dim: number): MarginError {
  const most = Math.floor(MOST_NUMBERS / dim);
  return new MarginError({
    code: 'BAD_PARAM',
    message: `A weight of ${classes} x ${dim} is more than an ONNX file holds.`,
    saw: `--classes ${classes}`,
    expected: `at most ${most} classes of ${dim} numbers`,
    tryThis: [`--classes ${most}`],
  });
}
