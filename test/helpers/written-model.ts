import { tensorInfo } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import { type Element, elementNumber } from '#model/elements.js';
import type { Model } from '#model/model.js';
import type {
  AttributeProto,
  NodeProto,
  OperatorSetIdProto,
  TensorProto,
  ValueInfoProto,
} from '#model/proto.js';
import { modelOf } from './tiny-model.ts';

/**
 * A model from text, in the words in which `printGraph` prints one, a line a thing: `opset 17`, `ir 8`,
 * `input x float32 [N, 4]`, `initializer w float32 [3, 4]` (filled with 1, 2, 3 …, or `= 0.5, 2`), `value v float32 [N]`
 * for a declaration, `output y`, and nodes such as `y, mask = Dropout(x) {ratio=0.5} # name`. A number with a point is a
 * float, and `-` an input that is left out.
 */
export function writtenModel(text: string): Model {
  const lines = text.split('\n').map((line) => line.trim());
  const of = (kind: string) =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
  const imports = of('opset').map(importOf);
  const [ir = '8'] = of('ir');
  return modelOf(
    {
      node: lines.filter((line) => line.includes('= ') && /^\S.*? = [\w.:]+\(/.test(line)).map(nodeOf),
      input: of('input').map(infoOf),
      initializer: of('initializer').map(tensorOf),
      valueInfo: of('value').map(infoOf),
      output: of('output').map(infoOf),
    },
    { irVersion: Number(ir), ...(imports.length > 0 && { opsetImport: imports }) },
  );
}

function importOf(text: string): OperatorSetIdProto {
  const [version = '', domain = ''] = text.split(' ');
  return create('OperatorSetIdProto', { domain, version: Number(version) });
}

function infoOf(text: string): ValueInfoProto {
  const [, name = '', element = '', dims] = /^(\S+)(?: (\w+)(?: \[(.*)\])?)?$/.exec(text) ?? [];
  if (element === '') return create('ValueInfoProto', { name });
  const shape = dims === undefined ? null : list(dims).map(dimOf);
  return tensorInfo(name, element as Element, shape);
}

const list = (text: string) => text.split(',').flatMap((item) => item.trim() || []);
const dimOf = (text: string) => (text === '?' ? null : /^\d+$/.test(text) ? Number(text) : text);

function tensorOf(text: string): TensorProto {
  const [, name = '', element = '', shape = '', given] =
    /^(\S+) (\w+) \[(.*?)\](?: = (.*))?$/.exec(text) ?? [];
  const dims = list(shape).map(Number);
  const size = dims.reduce((count, dim) => count * dim, 1);
  const values =
    given === undefined ? Array.from({ length: size }, (_, i) => i + 1) : list(given).map(Number);
  const fields = { float32: 'floatData', float64: 'doubleData', int64: 'int64Data' } as const;
  const field = fields[element as keyof typeof fields] ?? 'int32Data';
  return create('TensorProto', { name, dims, dataType: elementNumber(element as Element), [field]: values });
}

function nodeOf(line: string): NodeProto {
  const [, outputs = '', operator = '', inputs = '', attributes = '', name = ''] =
    /^(.*?) = ([\w.:]+)\((.*?)\)(?: \{(.*)\})?(?: # (.*))?$/.exec(line) ?? [];
  const [domain = '', opType = operator] = operator.includes('::') ? operator.split('::') : [];
  return create('NodeProto', {
    name,
    opType,
    domain,
    input: list(inputs).map((input) => (input === '-' ? '' : input)),
    output: list(outputs),
    attribute: [...attributes.matchAll(/(\w+)=(\[[^\]]*\]|<[^>]*>|"[^"]*"|[^,\s]+)/g)].map(attributeOf),
  });
}

function attributeOf([, name = '', value = '']: RegExpExecArray): AttributeProto {
  return create('AttributeProto', { name, ...held(value) });
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

function held(value: string): Partial<AttributeProto> {
  if (value.startsWith('<')) return { type: 4, t: tensorOf(`value ${value.slice(1, -1)}`) };
  if (value.startsWith('"')) return { type: 3, s: bytesOf(value.slice(1, -1)) };
  if (value.startsWith('[')) {
    const items = list(value.slice(1, -1));
    if (value.startsWith('["')) return { type: 8, strings: items.map((item) => bytesOf(item.slice(1, -1))) };
    const numbers = items.map(Number);
    return items.some((item) => item.includes('.'))
      ? { type: 6, floats: numbers }
      : { type: 7, ints: numbers };
  }
  return value.includes('.') ? { type: 1, f: Number(value) } : { type: 2, i: Number(value) };
}
