import { create, encode, type FieldFacts, fieldsOf, unknownFields } from './codec.ts';
import { fieldOriginOf, largeFieldsOf, originOf } from './origin.ts';
import type { MessageName, Payload, TensorProto } from './proto.ts';
import { bytesPayload, isSpan, type Span, spanOf } from './source.ts';
import { lead } from './wire.ts';

/** The bytes of a message as parts to be written one after another: a payload each. */
export interface Layout {
  readonly parts: readonly Payload[];
  readonly byteLength: number;
}

/**
 * The bytes of a message, without making them. What was read and not changed is copied from where it lies; the rest is
 * encoded field by field in the order of field numbers, unknown fields last.
 */
export function layoutMessage(name: MessageName, message: object): Layout {
  const origin = originOf(message);
  return joined(origin === null ? partsOf(name, message) : [origin]);
}

function* partsOf(name: MessageName, message: object): Generator<Payload> {
  for (const field of fieldsOf(name).values()) {
    if (field.message === null) yield* scalarParts(name, message, field);
    else for (const child of childrenOf(message, field)) yield* childParts(field.id, field.message, child);
  }
  for (const bytes of unknownFields(message)) yield bytesPayload(bytes);
  yield* largeFieldsOf(message);
}

/** The messages that a field holds: none, one or a list. */
export function childrenOf(message: object, { name }: FieldFacts): readonly object[] {
  const value: unknown = Reflect.get(message, name);
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? [value] : [];
}

function* childParts(id: number, name: MessageName, child: object): Generator<Payload> {
  const origin = fieldOriginOf(child, id);
  if (origin !== null) return yield origin;
  const { parts, byteLength } = layoutMessage(name, child);
  yield bytesPayload(lead(id, byteLength));
  yield* parts;
}

function* scalarParts(name: MessageName, message: object, { name: key, id }: FieldFacts): Generator<Payload> {
  const { payload } = message as TensorProto;
  if (payload?.field === key) {
    yield bytesPayload(lead(id, payload.bytes.byteLength));
    yield payload.bytes;
  } else if (Object.hasOwn(message, key)) {
    yield bytesPayload(encode(name, create(name, { [key]: Reflect.get(message, key) })));
  }
}

/** Parts with neighbours in one source made one. */
function joined(parts: Iterable<Payload>): Layout {
  const merged: Payload[] = [];
  let byteLength = 0;
  for (const part of parts) {
    byteLength += part.byteLength;
    const last = merged.at(-1);
    if (last && isSpan(last) && isSpan(part) && follows(last, part))
      merged[merged.length - 1] = spanOf(last.source, last.offset, last.byteLength + part.byteLength);
    else if (part.byteLength > 0) merged.push(part);
  }
  return { parts: merged, byteLength };
}

const follows = (first: Span, second: Span) =>
  first.source === second.source && first.offset + first.byteLength === second.offset;
