/*
 * The wire format of protobuf: a message is fields one after another, each a tag (field number · 8 + wire type) and its
 * content. Numbers up to 2^53 are plain here: lengths and field numbers.
 */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const GROUP = 3;
const GROUP_END = 4;
export const FIXED32 = 5;

/** Where a field lies: its tag from `start`, its content from `content` to `end`. */
export interface FieldExtent {
  readonly id: number;
  readonly wire: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Gives the byte at an offset; what is not there is asked for by nobody. */
export type ByteAt = (offset: number) => number;

/** Groups and messages may lie in each other this deep. */
export const DEEPEST = 100;

const MAX_FIELD = 2 ** 29 - 1;

/** What does not follow the wire format, and where. */
export class WireError extends Error {
  readonly offset: number;

  constructor(saw: string, offset: number) {
    super(saw);
    this.offset = offset;
  }
}

/** The fields of a message that lies from `start` to `end`. @throws WireError */
export function* fieldsIn(byteAt: ByteAt, start: number, end: number): Generator<FieldExtent> {
  for (let at = start; at < end; ) {
    const field = fieldAt(byteAt, at, end, 0);
    if (field.wire === GROUP_END) throw new WireError('the end of a group that did not begin', at);
    yield field;
    at = field.end;
  }
}

function fieldAt(byteAt: ByteAt, start: number, end: number, depth: number): FieldExtent {
  const { value: tag, next: content } = varintAt(byteAt, start, end);
  const id = Math.floor(tag / 8);
  const wire = tag % 8;
  if (id === 0 || id > MAX_FIELD) throw new WireError(`field number ${id}`, start);
  const field = contentAt(byteAt, { id, wire, content }, end, depth);
  if (field.end > end)
    throw new WireError(
      `field ${id} of ${field.end - field.content} bytes, ${end - field.content} left`,
      start,
    );
  return { id, wire, start, ...field };
}

interface Head {
  readonly id: number;
  readonly wire: number;
  readonly content: number;
}

function contentAt(byteAt: ByteAt, { id, wire, content }: Head, end: number, depth: number) {
  switch (wire) {
    case VARINT:
      return { content, end: varintAt(byteAt, content, end).next };
    case FIXED64:
      return { content, end: content + 8 };
    case FIXED32:
      return { content, end: content + 4 };
    case BYTES: {
      const { value: length, next } = varintAt(byteAt, content, end);
      return { content: next, end: next + length };
    }
    case GROUP:
      return { content, end: groupEnd(byteAt, id, content, end, depth + 1) };
    case GROUP_END:
      return { content, end: content };
    default:
      throw new WireError(`wire type ${wire}`, content);
  }
}

function groupEnd(byteAt: ByteAt, id: number, start: number, end: number, depth: number): number {
  if (depth > DEEPEST) throw new WireError(`groups nested deeper than ${DEEPEST}`, start);
  for (let at = start; at < end; ) {
    const field = fieldAt(byteAt, at, end, depth);
    if (field.wire === GROUP_END && field.id === id) return field.end;
    if (field.wire === GROUP_END) throw new WireError(`the end of group ${field.id} inside group ${id}`, at);
    at = field.end;
  }
  throw new WireError(`a group ${id} without an end`, start);
}

function varintAt(
  byteAt: ByteAt,
  start: number,
  end: number,
): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let length = 0; length < 10; length++) {
    if (start + length >= end) throw new WireError('the end in the middle of a number', start);
    const byte = byteAt(start + length);
    value += (byte & 0x7f) * 2 ** (7 * length);
    if (byte < 0x80) return { value, next: start + length + 1 };
  }
  throw new WireError('a number longer than 10 bytes', start);
}

/** A number from 0 to 2^53 as a varint. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** The tag and length that stand before `length` bytes of field `id`. */
export function lead(id: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(id * 8 + BYTES), ...varint(length)]);
}
