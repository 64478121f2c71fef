import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { create, decode, encode, fieldsOf, unknownFields, withFields } from '#model/codec.js';
import { toNumber } from '#model/proto.js';
import { plant } from '../helpers/plant.ts';

describe('create', () => {
  it('gives lists that are always there, and other fields that may be absent', () => {
    const node = create('NodeProto', { opType: 'Relu' });
    expect(node).toMatchObject({ opType: 'Relu', input: [], output: [], attribute: [] });
    expect([
      node.name,
      node.domain,
      create('TensorProto').rawData,
      create('DimensionProto').dimValue,
    ]).toEqual(new Array(4).fill(undefined));
  });

  it('does not share lists between messages', () => {
    expect(create('NodeProto').input).not.toBe(create('NodeProto').input);
  });
});

describe('decode', () => {
  it('gives what was encoded, int64 exactly, and absent fields as absent', () => {
    const attribute = decode(
      'AttributeProto',
      encode('AttributeProto', create('AttributeProto', { name: 'a', i: -(2 ** 53), ints: [7] })),
    );
    expect(attribute.name).toBe('a');
    expect(String(attribute.i)).toBe('-9007199254740992');
    expect(attribute.ints.map((each) => toNumber(each))).toEqual([7]);
    expect([attribute.f, attribute.s, attribute.t, attribute.g]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(attribute.floats).toEqual([]);
  });

  it('gives absent fields as absent in messages inside, whatever was used before', () => {
    const script = `
      import { decode } from ${JSON.stringify(new URL('../../dist/model/codec.js', import.meta.url).href)};
      const { attribute: [{ name, s, i, t }] } = decode('NodeProto', Uint8Array.of(42, 3, 10, 1, 97));
      console.log(name, s, i, t);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(said).toBe('a undefined undefined undefined\n');
  });
});

describe('withFields', () => {
  const bytes = plant(
    'NodeProto',
    encode('NodeProto', create('NodeProto', { name: 'n', opType: 'Relu', docString: 'd' })),
  );

  it('changes, takes away and keeps, unknown fields too', () => {
    const node = decode('NodeProto', bytes);
    const copy = withFields(node, { name: 'other', docString: undefined });
    expect([copy.name, copy.opType, copy.docString]).toEqual(['other', 'Relu', undefined]);
    expect([node.name, node.docString]).toEqual(['n', 'd']);
    expect(unknownFields(copy)).toEqual(unknownFields(node));
    expect(unknownFields(copy).length).toBe(4);
    expect(decode('NodeProto', encode('NodeProto', copy))).toMatchObject({ name: 'other', opType: 'Relu' });
  });

  it('keeps a payload', () => {
    const payload = { field: 'rawData', bytes: { byteLength: 0, chunks: () => [] } } as const;
    expect(withFields(create('TensorProto', { payload }), { name: 't' })).toMatchObject({
      name: 't',
      payload,
    });
  });
});

describe('fieldsOf', () => {
  it('tells the fields of a message in the order of their numbers', () => {
    const fields = [...fieldsOf('TensorProto').values()];
    expect(fields.map(({ id }) => id)).toEqual(fields.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(fieldsOf('TensorProto').get(9)).toEqual({
      name: 'rawData',
      id: 9,
      repeated: false,
      packable: false,
      message: null,
    });
    expect(fieldsOf('NodeProto').get(5)).toEqual({
      name: 'attribute',
      id: 5,
      repeated: true,
      packable: false,
      message: 'AttributeProto',
    });
    expect(fieldsOf('AttributeProto').get(8)?.packable).toBe(true);
  });
});
