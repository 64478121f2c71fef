import { type FieldFacts, fieldsOf } from './codec.ts';
import type { MessageName } from './proto.ts';
import { BYTES, type FieldExtent, fieldsIn } from './wire.ts';

/** More names than these tell a reader nothing. */
const MOST_NAMED = 10;

/**
 * What a model has and another writer's copy of it has not, by name: `ModelProto.functions[0].node[3].overload`. The
 * order of fields and whether lists are packed do not count.
 * @throws Error where the bytes are not a model
 */
export function lostFields(original: Uint8Array, copy: Uint8Array): readonly string[] {
  const lost = losses('ModelProto', 'ModelProto', original, copy);
  return [
    ...lost.slice(0, MOST_NAMED),
    ...(lost.length > MOST_NAMED ? [`and ${lost.length - MOST_NAMED} more`] : []),
  ];
}

function losses(name: MessageName, path: string, original: Uint8Array, copy: Uint8Array): readonly string[] {
  const [before, after] = [byNumber(original), byNumber(copy)];
  return [...before].flatMap(([id, fields]) => {
    const facts = fieldsOf(name).get(id);
    const label = `${path}.${snake(facts?.name ?? `field ${id}`)}`;
    const others = after.get(id);
    return others === undefined ? [label] : fieldLosses(label, facts, fields, others);
  });
}

type Content = Pick<FieldExtent, 'wire'> & { readonly bytes: Uint8Array };

function byNumber(bytes: Uint8Array): Map<number, Content[]> {
  const found = new Map<number, Content[]>();
  for (const { id, wire, content, end } of fieldsIn((offset) => bytes[offset] ?? 0, 0, bytes.length)) {
    const list = found.get(id) ?? [];
    list.push({ wire, bytes: bytes.subarray(content, end) });
    found.set(id, list);
  }
  return found;
}

function fieldLosses(
  label: string,
  facts: FieldFacts | undefined,
  before: readonly Content[],
  after: readonly Content[],
): readonly string[] {
  // A list may come packed from one writer and one by one from another.
  if (facts?.packable) return [];
  const kept = facts?.repeated || facts === undefined ? before : before.slice(-1);
  return kept.flatMap((field, index) => {
    const other = after[index];
    const here = facts?.repeated ? `${label}[${index}]` : label;
    if (other === undefined || other.wire !== field.wire) return [here];
    if (facts?.message) return losses(facts.message, here, field.bytes, other.bytes);
    return field.wire === BYTES && Buffer.compare(field.bytes, other.bytes) !== 0 ? [here] : [];
  });
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
