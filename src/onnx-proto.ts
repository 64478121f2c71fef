import { MarginError } from './errors.ts';
import { lostFields } from './model/lost-fields.ts';
import type { Model } from './model/model.ts';
import { modelFromBytes } from './model/read.ts';
import { encodeModel } from './model/write.ts';

/** The class of a generated message, as `onnx.ModelProto` of onnx-proto is one. */
export interface MessageClass<M> {
  decode(bytes: Uint8Array): M;
  encode(message: M): { finish(): Uint8Array };
}

/**
 * A model from an `onnx.ModelProto` of the package onnx-proto, or of any other classes that protobufjs generates. The
 * message is copied: later changes to it are not seen.
 * @throws MarginError BAD_USAGE where it is not a message, UNREADABLE_MODEL where it holds no graph
 */
export function fromOnnxProto(message: object): Model {
  const type: unknown = message.constructor;
  if (!hasEncode(type)) {
    throw new MarginError({
      code: 'BAD_USAGE',
      message: 'fromOnnxProto was given something that no message class has made.',
      saw: Object.prototype.toString.call(message),
      expected: 'an onnx.ModelProto',
      tryThis: [
        'onnx.ModelProto.create(object) makes one of a plain object',
        'readModel(bytes) reads a model from bytes',
      ],
    });
  }
  return modelFromBytes(type.encode(message).finish());
}

function hasEncode(type: unknown): type is Pick<MessageClass<object>, 'encode'> {
  return typeof type === 'function' && 'encode' in type && typeof type.encode === 'function';
}

/**
 * A model as a message of onnx-proto: `toOnnxProto(model, onnx.ModelProto)`. The whole model is then in memory. onnx-proto
 * is ONNX 1.10 and drops fields that are newer; a model that has any is refused rather than cut down.
 * @throws MarginError UNSUPPORTED_MODEL, with the fields that would be lost
 */
export function toOnnxProto<M>(model: Model, type: MessageClass<M>): M {
  const bytes = encodeModel(model);
  const message = type.decode(bytes);
  const lost = lostFields(bytes, type.encode(message).finish());
  if (lost.length === 0) return message;
  throw new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: 'The model has fields that onnx-proto does not know and would drop.',
    saw: lost.join(', '),
    expected: 'a model of ONNX 1.10 or older',
    tryThis: ['pass the file on instead: writeModel(path, model), or encodeModel(model) for its bytes'],
  });
}
