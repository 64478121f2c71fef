import { fieldsOf, withFields } from '#model/codec.js';
import { childrenOf } from '#model/layout.js';
import type { MessageName } from '#model/proto.js';

/** A copy of a message in which every message is a copy: nothing can be taken from where it was read. */
export function rebuild<M extends object>(name: MessageName, message: M): M {
  const changes: Record<string, unknown> = {};
  for (const field of fieldsOf(name).values()) {
    const type = field.message;
    if (type === null) continue;
    const copies = childrenOf(message, field).map((child) => rebuild(type, child));
    if (copies.length > 0) changes[field.name] = field.repeated ? copies : copies[0];
  }
  return withFields(message, changes as { readonly [K in keyof M]?: M[K] });
}
