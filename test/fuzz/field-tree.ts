import { fieldsOf } from '#model/codec.js';
import type { MessageName } from '#model/proto.js';
import { BYTES, fieldsIn, VARINT, varint } from '#model/wire.js';

/** A field of a message with what it holds, to be changed and written again with lengths that fit. */
export interface Field {
  readonly id: number;
  readonly wire: number;
  /** The message that lies in it; null where it is a number, a text or bytes. */
  readonly message: MessageName | null;
  /** The fields of that message. */
  readonly fields: readonly Field[];
  /** The content of a field without a message. */
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The fields of a message, those of the messages in it too. @throws Error where the bytes are not one */
export function fieldTree(name: MessageName, bytes: Uint8Array): Field[] {
  const known = fieldsOf(name);
  return [...fieldsIn((offset) => bytes[offset] ?? 0, 0, bytes.length)].map(({ id, wire, content, end }) => {
    const inside = bytes.subarray(content, end);
    const message = wire === BYTES ? (known.get(id)?.message ?? null) : null;
    if (message === null) return { id, wire, message, fields: [], bytes: inside };
    return { id, wire, message, fields: fieldTree(message, inside), bytes: NOTHING };
  });
}

/** The bytes of a message of these fields. */
export function treeBytes(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap((field) => {
      const content = field.message === null ? field.bytes : treeBytes(field.fields);
      const tag = Uint8Array.from(varint(field.id * 8 + field.wire));
      return field.wire === BYTES ? [tag, Uint8Array.from(varint(content.length)), content] : [tag, content];
    }),
  );
}

/** Where a field lies: its place in the whole, then in the field that it is in, and so on. */
export type Way = readonly number[];

/** The ways to all fields, in file order. */
export function waysIn(fields: readonly Field[], before: Way = []): Way[] {
  return fields.flatMap((field, place) => {
    const way = [...before, place];
    return [way, ...waysIn(field.fields, way)];
  });
}

export function fieldAt(fields: readonly Field[], way: Way): Field | undefined {
  const [place = -1, ...rest] = way;
  const field = fields[place];
  return rest.length === 0 || field === undefined ? field : fieldAt(field.fields, rest);
}

/** The same fields with others in the place of one. */
export function exchanged(
  fields: readonly Field[],
  [place = -1, ...rest]: Way,
  by: readonly Field[],
): Field[] {
  const field = fields[place];
  if (field === undefined) return [...fields];
  return fields.toSpliced(
    place,
    1,
    ...(rest.length === 0 ? by : [{ ...field, fields: exchanged(field.fields, rest, by) }]),
  );
}

export const isNumber = ({ wire }: Field) => wire === VARINT;
export const isText = ({ wire, message }: Field) => wire === BYTES && message === null;
