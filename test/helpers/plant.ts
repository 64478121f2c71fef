import { fieldsOf } from '#model/codec.js';
import type { MessageName } from '#model/proto.js';
import { BYTES, fieldsIn, lead, varint } from '#model/wire.js';

/** What no schema knows: a field of bytes and one of a number. */
const PLANTED = Buffer.concat([
  lead(1000, 7),
  Buffer.from('planted'),
  Uint8Array.from([...varint(1001 * 8), 42]),
]);

/** A message with unknown fields planted into it and into every message it holds, as a newer writer would. */
export function plant(name: MessageName, bytes: Uint8Array, planted: Uint8Array = PLANTED): Uint8Array {
  const parts: Uint8Array[] = [planted];
  for (const { id, wire, start, content, end } of fieldsIn((offset) => bytes[offset] ?? 0, 0, bytes.length)) {
    const child = wire === BYTES ? fieldsOf(name).get(id)?.message : undefined;
    if (child) {
      const inner = plant(child, bytes.subarray(content, end), planted);
      parts.push(lead(id, inner.length), inner);
    } else parts.push(bytes.subarray(start, end));
  }
  return Buffer.concat([...parts, planted]);
}
