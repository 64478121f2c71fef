import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { create } from '#model/codec.js';
import { modelFromBytes, readModel } from '#model/read.js';
import { BYTES, fieldsIn, lead, varint } from '#model/wire.js';
import { encodeModel } from '#model/write.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { modelOf, variedModel } from '../helpers/tiny-model.ts';

const GRAPH = 7;
const bytesWith = (...fields: readonly (readonly number[] | Uint8Array)[]) =>
  Buffer.concat(fields.map((field) => Uint8Array.from(field)));

/** A field of bytes. */
const field = (id: number, content: Uint8Array) => Buffer.concat([lead(id, content.length), content]);

/** Levels in each other: an attribute of a node holds a graph, that has a node … */
function nested(depth: number, padding: Uint8Array): Uint8Array {
  let graph: Uint8Array = padding;
  for (let level = 0; level < depth; level++) graph = field(1, field(5, field(6, graph)));
  return field(GRAPH, graph);
}

const groups = (depth: number) =>
  bytesWith(
    new Array(depth).fill(1000 * 8 + 3).flatMap(varint),
    new Array(depth).fill(1000 * 8 + 4).flatMap(varint),
  );

const HOSTILE: readonly [title: string, bytes: Uint8Array, saw: RegExp][] = [
  ['nothing', new Uint8Array(0), /empty/],
  ['a text', Buffer.from('hello, this is no model\n'), /byte \d/],
  ['zeros', new Uint8Array(1000), /field number 0/],
  ['no graph', encodeModel({ ...modelOf({}), proto: create('ModelProto', { irVersion: 8 }) }), /no graph/],
  ['a length beyond the end', bytesWith(lead(GRAPH, 1000), [10]), /1000 bytes, 1 left/],
  [
    'a length of 2^60',
    bytesWith(varint(GRAPH * 8 + BYTES), [128, 128, 128, 128, 128, 128, 128, 128, 16]),
    /left/,
  ],
  ['a length of 10 full bytes', bytesWith(varint(GRAPH * 8 + BYTES), new Array(9).fill(255), [1]), /left/],
  ['a number longer than 10 bytes', bytesWith([8], new Array(10).fill(255), [1]), /longer than 10/],
  ['a field number above 2^29', bytesWith(varint(2 ** 32 + BYTES), [0]), /field number/],
  ['wire type 6', bytesWith([8 + 6, 0]), /wire type 6/],
  ['the end of a group', bytesWith([8 + 4]), /end of a group/],
  ['a group without an end', bytesWith([8 + 3, 16, 1]), /without an end/],
  ['a group with the end of another', bytesWith([8 + 3, 16 + 4]), /end of group 2 inside group 1/],
  ['groups nested too deep', groups(200), /nested deeper/],
  ['groups nested a million deep', groups(1_000_000), /nested deeper/],
  ['small messages nested too deep', nested(1000, new Uint8Array(0)), /depth|deeper/],
  ['large messages nested too deep', nested(1000, field(10, new Uint8Array(1 << 17))), /deeper than 100/],
  [
    'two graphs',
    bytesWith(field(GRAPH, new Uint8Array(0)), field(GRAPH, new Uint8Array(0))),
    /two fields graph/,
  ],
  ['a node that is none', field(GRAPH, field(1, Uint8Array.of(10, 200))), /NodeProto that is not one/],
  [
    'a tensor with data in two places',
    field(GRAPH, field(5, bytesWith(field(9, new Uint8Array(1 << 16)), field(4, new Uint8Array(1 << 16))))),
    /two places/,
  ],
  [
    'a tensor in pieces',
    field(GRAPH, field(5, bytesWith(field(4, new Uint8Array(1 << 16)), field(4, new Uint8Array(8))))),
    /pieces/,
  ],
];

describe('what is no model', () => {
  it.each(HOSTILE)('%s', async (_, bytes, saw) => {
    const refusal = await refusalOf(() => readModel(bytes));
    expect(refusal.code).toBe('UNREADABLE_MODEL');
    expect(refusal.saw).toMatch(saw);
  });

  it('names file and cause', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'a-folder'));
    writeFileSync(join(folder, 'text.onnx'), 'hello');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const [name, saw] of [
      ['a-folder', /folder/],
      ['nowhere.onnx', /no such file/],
      ['text.onnx/x', /no such file/],
      ['pipe', /not a regular file/],
      ['text.onnx', /byte/],
    ] as const) {
      const refusal = await refusalOf(() => readModel(pathToFileURL(join(folder, name))));
      expect(refusal.code).toBe('UNREADABLE_MODEL');
      expect(refusal.message).toContain(name);
      expect(refusal.saw).toMatch(saw);
    }
  });
});

/** Where a prefix of a file is a file itself: after any field once the graph is whole. */
function legalEnds(bytes: Uint8Array): ReadonlySet<number> {
  const ends = new Set<number>();
  let graph = false;
  for (const { id, end } of fieldsIn((offset) => bytes[offset] ?? 0, 0, bytes.length)) {
    graph ||= id === GRAPH;
    if (graph) ends.add(end);
  }
  return ends;
}

describe('a file that was cut off', () => {
  it.each([
    ['the varied model', encodeModel(variedModel()), 1],
    ['the digits', readFileSync(fixtureModel('digits-cnn')), 97],
  ])('%s, at any byte', async (_, bytes, step) => {
    const legal = legalEnds(bytes);
    expect(legal.size).toBeGreaterThan(0);
    for (let size = 0; size < bytes.length; size += step) {
      const prefix = bytes.subarray(0, size);
      if (legal.has(size)) expect(modelFromBytes(prefix).proto.graph, `${size}`).toBeTruthy();
      else expect((await refusalOf(() => modelFromBytes(prefix))).code, `${size}`).toBe('UNREADABLE_MODEL');
    }
  });
});

describe('a file that was scrambled', () => {
  it('is a model or refused, whatever the bytes', () => {
    const bytes = encodeModel(variedModel());
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % below;
    };
    let refused = 0;
    for (let round = 0; round < 5000; round++) {
      const scrambled = bytes.slice();
      for (let change = random(4); change >= 0; change--) scrambled[random(bytes.length)] = random(256);
      try {
        modelFromBytes(scrambled);
      } catch (error) {
        expect(error).toMatchObject({ code: 'UNREADABLE_MODEL' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

describe('a small file that is large in memory', () => {
  it('is refused before memory runs out', () => {
    // 64 MB of empty nodes would be several GB of objects; a process of 512 MB must live to say so.
    const script = `
      import { modelFromBytes } from ${JSON.stringify(new URL('../../dist/model/read.js', import.meta.url).href)};
      const content = new Uint8Array(64e6).map((_, i) => (i % 2 ? 0 : 10));
      const bytes = Buffer.concat([Uint8Array.of(58, 0x80, 0x90, 0xc2, 0x1e), content]);
      try { modelFromBytes(bytes); } catch (error) { console.log(error.code, error.saw); }`;
    const said = execFileSync(
      process.execPath,
      ['--max-old-space-size=512', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    expect(said).toMatch(/UNREADABLE_MODEL more structure than fits in memory/);
  });
});
