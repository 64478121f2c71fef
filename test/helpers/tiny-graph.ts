import { create } from '#model/codec.js';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '#model/proto.js';
import { makeTensor } from '#model/tensors.js';

/** What an attribute may hold: an int, ints, a text, a tensor or a body. */
export type Held = number | string | readonly number[] | TensorProto | GraphProto;

function fieldsFor(value: Held): Partial<AttributeProto> {
  if (typeof value === 'number') return { type: 2, i: value };
  if (typeof value === 'string') return { type: 3, s: new TextEncoder().encode(value) };
  if ('node' in value) return { type: 5, g: value };
  if ('dims' in value) return { type: 4, t: value };
  return { type: 7, ints: value };
}

/** Attributes by their names. */
export function attributes(held: Readonly<Record<string, Held>>): AttributeProto[] {
  return Object.entries(held).map(([name, value]) => create('AttributeProto', { name, ...fieldsFor(value) }));
}

/** A node without a name. Inputs and outputs are given as one text, `a b`; `-` stands for one that is left out. */
export function node(
  opType: string,
  input: string,
  output: string,
  held: Readonly<Record<string, Held>> = {},
  rest: Partial<NodeProto> = {},
): NodeProto {
  return create('NodeProto', {
    opType,
    input: namesIn(input),
    output: namesIn(output),
    attribute: attributes(held),
    ...rest,
  });
}

function namesIn(text: string): string[] {
  return text.split(' ').flatMap((name) => (name === '' ? [] : [name === '-' ? '' : name]));
}

/** A body of If, Loop or Scan: its nodes, and the names that it gives out and takes in. */
export function bodyOf(nodes: readonly NodeProto[], output: string, input = ''): GraphProto {
  const infos = (text: string) => namesIn(text).map((name) => create('ValueInfoProto', { name }));
  return create('GraphProto', { name: 'body', node: nodes, output: infos(output), input: infos(input) });
}

/** A stored list of integers. */
export function int64s(name: string, values: readonly number[]): TensorProto {
  return makeTensor(name, [values.length], BigInt64Array.from(values, BigInt));
}

/** A stored tensor of zeros. */
export function zeros(name: string, dims: readonly number[]): TensorProto {
  return makeTensor(name, dims, new Float32Array(dims.reduce((count, dim) => count * dim, 1)));
}
