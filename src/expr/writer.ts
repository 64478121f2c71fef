import { create } from '../model/codec.ts';
import { elementNumber } from '../model/elements.ts';
import type { AttributeProto, NodeProto, TensorProto } from '../model/proto.ts';
import { makeTensor } from '../model/tensors.ts';
import type { DType } from './expr.ts';
import type { Tensor } from './kernels.ts';

/** Attribute values that operators of a head take: an int, a list of ints, or a float in a wrapper of its own. */
export type AttributeValue = number | readonly number[] | { readonly float: number };

const FLOAT = 1;
const INT = 2;
const INTS = 7;

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create('AttributeProto', { name, type: INT, i: value });
  if ('float' in value) return create('AttributeProto', { name, type: FLOAT, f: value.float });
  return create('AttributeProto', { name, type: INTS, ints: value });
}

/** A tensor of the graph with the elements of `value`: float32 is rounded to nearest, a bool is a byte. */
export function tensorProto(name: string, dtype: DType, { shape, data }: Tensor): TensorProto {
  switch (dtype) {
    case 'float32':
      return makeTensor(name, shape, Float32Array.from(data));
    case 'int32':
      return makeTensor(name, shape, Int32Array.from(data));
    case 'int64':
      return makeTensor(name, shape, int64s(data));
    case 'bool':
      return create('TensorProto', {
        name,
        dims: shape,
        dataType: elementNumber('bool'),
        rawData: Uint8Array.from(data),
      });
  }
}

/** One by one: `from` would list millions of numbers and of bigints first. */
function int64s(data: Tensor['data']): BigInt64Array {
  const made = new BigInt64Array(data.length);
  for (let i = 0; i < data.length; i++) made[i] = BigInt(data[i] ?? 0);
  return made;
}

/** Above this many elements, constants are one only where they are the same object. */
const COMPARED_ELEMENTS = 64;

/** Collects the nodes and constants of a piece of graph, under names that nothing else in the graph has. */
export class Writer {
  readonly opset: number;
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #fresh: (wanted: string) => string;
  readonly #constants = new Map<string | Tensor, string>();

  /** `fresh` gives a name that is free, as near as possible to the one wanted, and keeps it taken. */
  constructor(opset: number, fresh: (wanted: string) => string) {
    this.opset = opset;
    this.#fresh = fresh;
  }

  fresh(what: string): string {
    return this.#fresh(`margin/${what}`);
  }

  /** Adds a node and returns the value it makes: `out`, or a fresh `margin/<operator>`. `others` are its further outputs. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    out: string = this.fresh(opType.toLowerCase()),
    others: readonly string[] = [],
  ): string {
    const name = out.startsWith('margin/') ? out : this.fresh(out);
    const list = Object.entries(attributes).map(([key, value]) => attribute(key, value));
    this.nodes.push(
      create('NodeProto', { name, opType, input: inputs, output: [out, ...others], attribute: list }),
    );
    return out;
  }

  /** The name of a constant; equal ones are one. */
  constant(dtype: DType, value: Tensor, wanted = nameOf(value)): string {
    const small = value.data.length <= COMPARED_ELEMENTS;
    const key = small ? `${dtype} ${value.shape.join('x')}: ${value.data.join()}` : value;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(wanted);
    this.#constants.set(key, name);
    this.initializers.push(tensorProto(name, dtype, value));
    return name;
  }

  /** A constant list of int64, as shapes and axes are from opset 13 on. */
  ints(values: readonly number[], wanted: string): string {
    return this.constant('int64', { shape: [values.length], data: Float64Array.from(values) }, wanted);
  }
}

function nameOf({ shape, data }: Tensor): string {
  const [value = 0] = data;
  return shape.length === 0 ? `const_${Number(value.toPrecision(7))}` : 'const';
}
