import type { Payload } from './proto.ts';
import { type Source, type Span, spanOf } from './source.ts';

/** Where a message was read from. One record, for a large graph has many. */
interface Origin {
  readonly source: Source;
  readonly offset: number;
  readonly byteLength: number;
  /** The field that held it, and how many bytes of tag and length stand before it; 0 for a whole file. */
  readonly id: number;
  readonly lead: number;
}

const ORIGIN: unique symbol = Symbol('origin');

/** On the message itself: a WeakMap of a million makes the collector of garbage slower than all else together. */
interface Originated {
  readonly [ORIGIN]?: Origin & { readonly of: object };
}

/** Notes that a message is what these bytes say. Copies made with other values do not inherit it. */
export function setOrigin(message: object, origin: Origin): void {
  Object.defineProperty(message, ORIGIN, { value: { of: message, ...origin }, enumerable: false });
}

/** A copy has the property too, and is not what it speaks of. */
function recordOf(message: Originated): Origin | null {
  const origin = message[ORIGIN];
  return origin?.of === message ? origin : null;
}

/** The bytes a message was read from, or null where it was made or changed. */
export function originOf(message: object): Span | null {
  const origin = recordOf(message);
  return origin === null ? null : spanOf(origin.source, origin.offset, origin.byteLength);
}

/** The same with the tag and length before it, where it was read from field `id`. */
export function fieldOriginOf(message: object, id: number): Span | null {
  const origin = recordOf(message);
  if (origin === null || origin.id !== id) return null;
  return spanOf(origin.source, origin.offset - origin.lead, origin.byteLength + origin.lead);
}

const LARGE: unique symbol = Symbol('large unknown fields');

/** Keeps unknown fields that are too large for memory, tags included, where copies of the message find them. */
export function keepLargeFields(message: object, fields: readonly Payload[]): void {
  if (fields.length > 0) Object.defineProperty(message, LARGE, { value: fields, enumerable: false });
}

/** The unknown fields of a message that were left where they lie. */
export function largeFieldsOf(message: object): readonly Payload[] {
  return LARGE in message ? (message[LARGE] as readonly Payload[]) : [];
}
