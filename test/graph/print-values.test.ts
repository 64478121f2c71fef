import { describe, expect, it } from 'vitest';
import { printFloat, printName, printShape, printTensor, printText } from '#graph/print-values.js';
import { create, decode, encode } from '#model/codec.js';
import type { TensorProto } from '#model/proto.js';
import { int64s, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

it.each([
  ['fc.weight', 'fc.weight'],
  ['/model/head/Gemm_output_0', '/model/head/Gemm_output_0'],
  ['onnx::MatMul_12', 'onnx::MatMul_12'],
  ['größe', 'größe'],
  ['', '""'],
  ['a b', '"a b"'],
  ['a,b', '"a,b"'],
  ['a=b', '"a=b"'],
  ['#a', '"#a"'],
  ["'a'", '"\'a\'"'],
  ['a"b', '"a\\"b"'],
  ['a\\b', '"a\\\\b"'],
  ['a\tb', '"a\\tb"'],
  ['a\u0000', '"a\\u0000"'],
  ['a\u007f', '"a\\u007f"'],
  ['a\u0085', '"a\\u0085"'],
  ['\ufeffa', '"\\ufeffa"'],
  ['a\u202eb', '"a\\u202eb"'],
  ['a\u00adb', '"a\\u00adb"'],
  ['a\u2028b', '"a\\u2028b"'],
  ['a\u00a0b', '"a\\u00a0b"'],
  ['a\u{e0041}b', '"a\\udb40\\udc41b"'],
])('a name %j is printed %s', (name, text) => {
  expect(printName(name)).toBe(text);
  expect(JSON.parse(printText(name))).toBe(name);
});

it.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-3, '-3.0'],
  [0.5, '0.5'],
  [Math.fround(0.1), '0.1'],
  [Math.fround(1 / 3), '0.33333334'],
  [Math.fround(16_777_217), '16777216.0'],
  [1e-20, '1e-20'],
  [Math.fround(3.4028234663852886e38), '3.4028235e+38'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NaN, 'NaN'],
])('a float32 %d is printed %s, and read back as the same', (value, text) => {
  expect(printFloat(value)).toBe(text);
  expect(Math.fround(Number(text))).toBe(Math.fround(value));
});

it('a shape shows what is known', () => {
  expect([printShape(null), printShape([]), printShape(['N', 3, null, 'a b'])]).toEqual([
    '[…]',
    '[]',
    '[N, 3, ?, "a b"]',
  ]);
});

describe('a tensor', () => {
  const tensor = (fields: Partial<TensorProto>) => create('TensorProto', fields);
  const raw = (values: Float64Array | Uint16Array) => new Uint8Array(values.buffer);
  it.each([
    ['few values', int64s('', [1, -1]), 'int64 [2] = 1, -1'],
    ['one value', zeros('', []), 'float32 [] = 0.0'],
    ['eight values', zeros('', [2, 4]), 'float32 [2, 4] = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0'],
    ['nine values', zeros('', [3, 3]), 'float32 [3, 3]'],
    ['no values', zeros('', [0]), 'float32 [0]'],
    [
      'float64, to the last digit',
      tensor({ dims: [2], dataType: 11, rawData: raw(Float64Array.of(1 / 3, 2)) }),
      'float64 [2] = 0.3333333333333333, 2.0',
    ],
    [
      'float16',
      tensor({ dims: [1], dataType: 10, rawData: raw(Uint16Array.of(0x3c00)) }),
      'float16 [1] = 1.0',
    ],
    ['bool', tensor({ dims: [2], dataType: 9, rawData: Uint8Array.of(0, 1) }), 'bool [2] = 0, 1'],
    ['text', tensor({ dims: [1], dataType: 8, stringData: [Buffer.from('a')] }), 'string [1]'],
    [
      'types that are not handled',
      tensor({ dims: [1], dataType: 17, rawData: Uint8Array.of(0) }),
      'type 17 [1]',
    ],
    ['another file', tensor({ dims: [1], dataType: 1, dataLocation: 1 }), 'float32 [1]'],
  ])('of %s', (_, given, text) => {
    const model = modelOf({});
    expect(printTensor(model, given)).toBe(text);
    expect(printTensor(model, decode('TensorProto', encode('TensorProto', given)))).toBe(text);
  });
});
