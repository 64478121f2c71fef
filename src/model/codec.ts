import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import type { MessageName, Messages } from './proto.ts';

/** A field of a message as the schema has it; `message` names the type of a field that holds messages. */
export interface FieldFacts {
  readonly name: string;
  readonly id: number;
  readonly repeated: boolean;
  /** Numbers that may lie in one piece, one after another. */
  readonly packable: boolean;
  readonly message: MessageName | null;
}

const SCHEMA = new URL('../../schemas/onnx.proto', import.meta.url);

let root: protobuf.Root | undefined;

/** The schema is read when it is first needed, so that to import this costs nothing. */
function schema(): protobuf.Root {
  root ??= protobuf.parse(readFileSync(SCHEMA, 'utf8')).root;
  return root;
}

const types = new Map<MessageName, protobuf.Type>();

function typeOf(name: MessageName): protobuf.Type {
  const known = types.get(name);
  if (known !== undefined) return known;
  const type = schema().lookupType(`onnx.${name}`);
  types.set(name, type);
  for (const field of type.fieldsArray) {
    // A field that is absent reads as undefined here, not as the default that protobufjs puts on the prototype.
    if (!field.repeated) Reflect.set(type.ctor.prototype, field.name, undefined);
    // To decode a message is to make those that it holds.
    const held = field.resolve().resolvedType;
    if (held !== null) typeOf(held.name as MessageName);
  }
  return type;
}

const facts = new Map<MessageName, ReadonlyMap<number, FieldFacts>>();

/** The fields of a message by their numbers, in ascending order. */
export function fieldsOf(name: MessageName): ReadonlyMap<number, FieldFacts> {
  const known = facts.get(name);
  if (known !== undefined) return known;
  const fields = typeOf(name).fieldsArray.map((field): FieldFacts => {
    const message = field.resolve().resolvedType;
    return {
      name: field.name,
      id: field.id,
      repeated: field.repeated,
      packable: field.repeated && field.type in protobuf.types.packed,
      message: message === null ? null : (message.name as MessageName),
    };
  });
  const byId = new Map(fields.sort((a, b) => a.id - b.id).map((field) => [field.id, field]));
  facts.set(name, byId);
  return byId;
}

/** A new message with these fields. */
export function create<N extends MessageName>(name: N, fields: Partial<Messages[N]> = {}): Messages[N] {
  return typeOf(name).create(fields) as object as Messages[N];
}

/** A message from its bytes; fields that the schema does not know are kept. @throws Error where the bytes are not one */
export function decode<N extends MessageName>(name: N, bytes: Uint8Array): Messages[N] {
  const reader = new protobuf.Reader(bytes);
  reader.discardUnknown = false;
  return typeOf(name).decode(reader) as object as Messages[N];
}

/** The bytes of a message that lies wholly in memory: payloads are not part of it, see `layoutMessage`. */
export function encode<N extends MessageName>(name: N, message: Partial<Messages[N]>): Uint8Array {
  return typeOf(name).encode(message).finish();
}

/** Fields that the schema does not know, as bytes with their tags. */
export function unknownFields(message: object): readonly Uint8Array[] {
  return '$unknowns' in message && Array.isArray(message.$unknowns) ? message.$unknowns : [];
}

/**
 * A copy of a message with other values in some fields, `undefined` taking one away. This is the only way to copy one:
 * unknown fields ride in properties that a spread loses.
 */
export function withFields<M extends object>(
  message: M,
  changes: { readonly [K in keyof M]?: M[K] | undefined },
): M {
  const copy: M = Object.create(Object.getPrototypeOf(message), Object.getOwnPropertyDescriptors(message));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(copy, name);
    else Reflect.set(copy, name, value);
  }
  return copy;
}
