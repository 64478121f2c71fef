import { elementName } from '../model/elements.ts';
import type { Model } from '../model/model.ts';
import type { AttributeProto, Int64, TensorProto } from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';
import { readTensor } from '../model/tensors.ts';
import type { Dim } from './value-info.ts';

/** Control characters, invisible ones and direction marks: what a terminal or a reviewer must not be fooled by. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/gu;
const BARE = /^[^\s"'(){}[\],=#\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]+$/u;

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');
}

/** A text in quotes, as JSON has it, with everything escaped that does not show. */
export function printText(text: string): string {
  return JSON.stringify(text).replace(UNSAFE, escaped);
}

/** A name as it is, or in quotes where it is empty or holds a space, a bracket or anything else that would mislead. */
export function printName(name: string): string {
  return BARE.test(name) ? name : printText(name);
}

/** `[N, 3, ?]`; `[…]` where not even the rank is known. */
export function printShape(dims: readonly (Dim | Int64)[] | null): string {
  if (dims === null) return '[…]';
  const texts = dims.map((dim) =>
    dim === null ? '?' : typeof dim === 'string' ? printName(dim) : String(dim),
  );
  return `[${texts.join(', ')}]`;
}

/** A number that shows that it is no integer: with a point or an exponent. */
function printReal(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The shortest decimal that the float32 is read back from. */
export function printFloat(value: number): string {
  const digits = [6, 7, 8, 9].find((count) =>
    Object.is(Math.fround(Number(value.toPrecision(count))), Math.fround(value)),
  );
  return printReal(digits === undefined ? value : Number(value.toPrecision(digits)));
}

/** Tensors of up to this many elements are printed with their values. */
const SHOWN_ELEMENTS = 8;

/** A stored tensor: `float32 [10, 32]`, with the values where they are few and in the file itself. */
export function printTensor(model: Model, tensor: TensorProto): string {
  const head = `${elementName(tensor.dataType)} ${printShape(tensor.dims)}`;
  const size = tensor.dims.reduce<number>((count, dim) => count * toNumber(dim), 1);
  const odd = /^(string|complex|type)/.test(head) || toNumber(tensor.dataLocation) !== 0;
  if (odd || size === 0 || size > SHOWN_ELEMENTS) return head;
  const { data, element } = readTensor(model, tensor);
  const print = (x: number | bigint) => {
    if (element === 'float64') return printReal(Number(x));
    return /float/.test(element) ? printFloat(Number(x)) : String(x);
  };
  return `${head} = ${Array.from(data, print).join(', ')}`;
}

/** Longer lists of an attribute are cut. */
const LONGEST_LIST = 16;

function printList(items: readonly string[]): string {
  const more = items.length > LONGEST_LIST ? [`… ${items.length} in all`] : [];
  return `[${[...items.slice(0, LONGEST_LIST), ...more].join(', ')}]`;
}

const printBytes = (bytes: Uint8Array) => printText(new TextDecoder().decode(bytes));

/** By AttributeProto.type. Graphs are printed below their node. */
const ATTRIBUTES: Readonly<Record<number, (attribute: AttributeProto, model: Model) => string>> = {
  1: ({ f = 0 }) => printFloat(f),
  2: ({ i = 0 }) => String(i),
  3: ({ s = new Uint8Array() }) => printBytes(s),
  4: ({ t }, model) => (t ? `<${printTensor(model, t)}>` : '<>'),
  5: () => '<graph>',
  6: ({ floats }) => printList(floats.map(printFloat)),
  7: ({ ints }) => printList(ints.map(String)),
  8: ({ strings }) => printList(strings.map(printBytes)),
  9: ({ tensors }, model) => printList(tensors.map((tensor) => `<${printTensor(model, tensor)}>`)),
  10: ({ graphs }) => printList(graphs.map(() => '<graph>')),
};

/** `axis=1`, `pads=[0, 0]`, `mode="nearest"`, `value=<float32 [2] = 1.0, 2.0>`, `alpha=@alpha` (a function's parameter). */
export function printAttribute(model: Model, attribute: AttributeProto): string {
  const { name = '', refAttrName, type = 0 } = attribute;
  const value = refAttrName
    ? `@${printName(refAttrName)}`
    : (ATTRIBUTES[type]?.(attribute, model) ?? `<type ${type}>`);
  return `${printName(name)}=${value}`;
}
