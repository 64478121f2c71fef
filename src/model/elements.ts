/** ONNX element types by their number in TensorProto.DataType. */
export const ELEMENTS = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
} as const;

export type ElementNumber = keyof typeof ELEMENTS;
export type Element = (typeof ELEMENTS)[ElementNumber];

/** The name of an element type, or its number where it is one we do not handle (float8, int4 …). */
export function elementName(dataType: number | undefined): Element | `type ${number}` {
  const number = dataType ?? 0;
  return (ELEMENTS as Readonly<Record<number, Element>>)[number] ?? `type ${number}`;
}

const NUMBERS = new Map(Object.entries(ELEMENTS).map(([number, name]) => [name as Element, Number(number)]));

/** The TensorProto.DataType number of an element type. */
export function elementNumber(name: Element): number {
  return NUMBERS.get(name) ?? 0;
}
