import { create, encode } from './codec.ts';
import { setOrigin } from './origin.ts';
import type { StringStringEntryProto } from './proto.ts';
import { bytesSource, type Source } from './source.ts';

/** A text whose length is known, and which is made when somebody reads it. */
export interface Later {
  /** In bytes of UTF-8. */
  readonly byteLength: number;
  readonly text: () => string;
}

/** An entry of a model's metadata; one whose value comes later is laid out now, and made when it is read or written. */
export function metadataEntry(key: string, value: string | Later): StringStringEntryProto {
  if (typeof value === 'string') return create('StringStringEntryProto', { key, value });
  const bytesWith = (text: string) => encode('StringStringEntryProto', { key, value: text });
  const size = bytesWith(' '.repeat(value.byteLength)).length;
  const open = () => bytesSource(bytesWith(value.text())).open();
  const source: Source = { name: key, size, late: true, open };
  const entry = create('StringStringEntryProto', { key });
  Object.defineProperty(entry, 'value', { get: value.text, enumerable: true, configurable: true });
  setOrigin(entry, { source, offset: 0, byteLength: size, id: 0, lead: 0 });
  return entry;
}
