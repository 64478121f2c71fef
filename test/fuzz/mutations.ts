import fc from 'fast-check';
import { varint } from '#model/wire.js';
import {
  exchanged,
  type Field,
  fieldAt,
  fieldTree,
  isNumber,
  isText,
  treeBytes,
  type Way,
  waysIn,
} from './field-tree.ts';

/** A model that others are made of. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
  readonly ways: readonly Way[];
}

export function seedOf(name: string, bytes: Uint8Array): Seed {
  const fields = fieldTree('ModelProto', bytes);
  return { name, bytes, fields, ways: waysIn(fields) };
}

/** What is done to the fields of a model; lengths follow, so that the file stays one of protobuf. */
type FieldChange =
  | { readonly kind: 'drop' | 'twice' | 'wrap' }
  | { readonly kind: 'number'; readonly value: Uint8Array }
  | { readonly kind: 'text'; readonly value: Uint8Array }
  /** The content of another field of the same kind: names that are there twice, circles, foreign shapes. */
  | { readonly kind: 'as'; readonly other: number }
  /** A field of another model. */
  | { readonly kind: 'graft'; readonly donor: number; readonly other: number };

/** What is done to the bytes of a file. */
type ByteChange =
  | { readonly kind: 'set' | 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'remove'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'splice'; readonly at: number; readonly donor: number; readonly from: number };

/** A hostile model as data, so that it can be made again, and smaller ones that do the same harm be sought. */
export interface Mutant {
  readonly seed: number;
  readonly fields: readonly { readonly which: number; readonly change: FieldChange }[];
  readonly bytes: readonly ByteChange[];
}

/** Varints that lie: sizes, element types, axes and lengths that nobody has. */
export const HOSTILE_NUMBERS: readonly Uint8Array[] = [
  ...[0, 1, 2, 3, 7, 63, 64, 127, 1000, 65_536, 2 ** 24, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53],
]
  .map((value) => Uint8Array.from(varint(value)))
  .concat([
    Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 128, 16), // 2^60
    Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 127), // 2^63 − 1
    Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 128, 128, 1), // −2^63
    Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, 1), // −1
    Uint8Array.of(254, 255, 255, 255, 255, 255, 255, 255, 255, 1), // −2
  ]);

/** What a terminal, a browser, a shell or an object could take for something else than a name. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u009b31m\u0000\u0008',
  '</code></script><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>&lt;',
  "'; reboot; $(reboot) `reboot`",
  '\u202egpj.exe\u2066\u200e\u061c\u200b\ufeff',
  '\u2028\u2029\r\n\t',
  '\u{e0041}\u{e007f}',
  '__proto__',
  'constructor',
  'toString',
  'labels',
  'loss',
  'logits',
  'cosine',
  '#0',
  '../../etc/passwd',
  'n'.repeat(5000),
];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS).map((each) => new TextEncoder().encode(each)),
  fc
    .constantFrom('Gemm MatMul Add Softmax Reshape Concat Expand Loop If Identity Constant'.split(' '))
    .chain((names) => fc.constantFrom(...names).map((each) => new TextEncoder().encode(each))),
  fc.uint8Array({ maxLength: 12 }),
  fc.nat(70_000).map((length) => new Uint8Array(length)),
);

const any = fc.nat(2 ** 31 - 1);

const fieldChange: fc.Arbitrary<FieldChange> = fc.oneof(
  fc.record({ kind: fc.constantFrom('drop' as const, 'twice' as const, 'wrap' as const) }),
  fc.record({ kind: fc.constant('number' as const), value: fc.constantFrom(...HOSTILE_NUMBERS) }),
  fc.record({ kind: fc.constant('text' as const), value: text }),
  fc.record({ kind: fc.constant('as' as const), other: any }),
  fc.record({ kind: fc.constant('graft' as const), donor: any, other: any }),
);

const byteChange: fc.Arbitrary<ByteChange> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('set' as const, 'insert' as const),
    at: any,
    bytes: fc.oneof(fc.constantFrom(...HOSTILE_NUMBERS), fc.uint8Array({ minLength: 1, maxLength: 8 })),
  }),
  fc.record({ kind: fc.constant('remove' as const), at: any, length: fc.nat(300) }),
  fc.record({ kind: fc.constant('cut' as const), at: any }),
  fc.record({ kind: fc.constant('splice' as const), at: any, donor: any, from: any }),
);

/** One to three changes of a file's bytes. */
export const byteMutants = fc.array(byteChange, { minLength: 1, maxLength: 3 });

/** Models with one to six things wrong, mostly in their fields: what is no protobuf at all is refused at once. */
export const mutants: fc.Arbitrary<Mutant> = fc.record({
  seed: any,
  fields: fc.array(fc.record({ which: any, change: fieldChange }), { maxLength: 5 }),
  bytes: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(byteChange, { minLength: 1, maxLength: 2 }) },
  ),
});

const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

/** The bytes of a mutant. */
export function mutated(seeds: readonly Seed[], { seed, fields, bytes }: Mutant): Uint8Array {
  const source = pick(seeds, seed);
  if (source === undefined) return new Uint8Array(0);
  const tree = fields.reduce<readonly Field[]>(
    (before, { which, change }) => changed(seeds, source, before, pick(source.ways, which) ?? [], change),
    source.fields,
  );
  return bytes.reduce((before, change) => scrambled(seeds, before, change), treeBytes(tree));
}

function changed(
  seeds: readonly Seed[],
  source: Seed,
  tree: readonly Field[],
  way: Way,
  change: FieldChange,
): readonly Field[] {
  const field = fieldAt(tree, way);
  return field === undefined ? tree : exchanged(tree, way, replacement(seeds, source, field, change));
}

function replacement(seeds: readonly Seed[], source: Seed, field: Field, change: FieldChange): Field[] {
  switch (change.kind) {
    case 'drop':
      return [];
    case 'twice':
      return [field, field];
    case 'wrap':
      // A message in one of its own kind: bodies in bodies, and fields that mean something else there.
      return [field.message === null ? field : { ...field, fields: [field, ...field.fields] }];
    case 'number':
      return [isNumber(field) ? { ...field, bytes: change.value } : field];
    case 'text':
      return [isText(field) ? { ...field, bytes: change.value } : field];
    case 'as': {
      const like = alike(source, field, change.other);
      return [like === undefined ? field : { ...like, id: field.id }];
    }
    case 'graft': {
      const donor = pick(seeds, change.donor);
      const like = donor && alike(donor, field, change.other);
      return like === undefined ? [field] : [field, { ...like, id: field.id }];
    }
  }
}

/** A field of a model that could stand in the place of another. */
function alike({ fields, ways }: Seed, { wire, message }: Field, other: number): Field | undefined {
  for (let step = 0; step < 200; step++) {
    const found = fieldAt(fields, pick(ways, other + step) ?? []);
    if (found?.wire === wire && found.message === message) return found;
  }
  return undefined;
}

/** The bytes of a file after one change. */
export function scrambled(seeds: readonly Seed[], bytes: Uint8Array, change: ByteChange): Uint8Array {
  const at = change.at % (bytes.length + 1);
  switch (change.kind) {
    case 'set': {
      const copy = bytes.slice();
      copy.set(change.bytes.subarray(0, bytes.length - at), at);
      return copy;
    }
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case 'cut':
      return bytes.slice(0, at);
    case 'splice': {
      const donor = pick(seeds, change.donor)?.bytes ?? bytes;
      return Buffer.concat([bytes.subarray(0, at), donor.subarray(change.from % (donor.length + 1))]);
    }
  }
}
