import type { Writer } from '../../expr/writer.ts';
import { operatorOf } from '../../graph/view.ts';
import { create } from '../../model/codec.ts';
import type { NodeProto } from '../../model/proto.ts';
import { constantAt } from '../constant.ts';
import type { Cursor } from '../cursor.ts';
import { dequantised, INPUT_NOTE, optional } from './pieces.ts';
import type { Plain } from './plain.ts';

/** The only node that reads a value, which must be of that operator. */
function onlyReader(at: Cursor, value: string, operator: string): NodeProto {
  const [reader, ...others] = at.view.consumers(value);
  if (reader === undefined || others.length > 0 || operatorOf(reader) !== operator)
    return at.refuse(`gives integers that no single ${operator} takes to floats`);
  return reader;
}

/** The constants that the integers are multiplied with, besides the input's own scale; and the last of the products. */
interface Scales {
  readonly nodes: readonly NodeProto[];
  readonly constants: readonly string[];
  readonly out: string;
}

function scalesFrom(at: Cursor, value: string, inputScale: string): Scales {
  const nodes: NodeProto[] = [];
  const constants: string[] = [];
  let out = value;
  for (let met = false; !met; ) {
    const times = onlyReader(at, out, 'Mul');
    const other = times.input.find((name) => name !== out) ?? '';
    const maker = at.view.producer(other);
    const inside = maker !== null && operatorOf(maker) === 'Mul' ? maker.input : [other];
    const rest = inside.filter((name) => name !== inputScale);
    met = rest.length < inside.length;
    if (rest.some((name) => typeof constantAt(at, name) === 'string'))
      return at.refuse('is scaled by something else than the scales of its input and its weights');
    constants.push(...rest);
    nodes.push(times);
    out = times.output[0] ?? '';
  }
  return { nodes, constants, out };
}

/**
 *   E ─ DynamicQuantizeLinear ─ MatMulInteger(·, W) ─ Cast ─ Mul(scale of E · scale of W)
 *
 * as ONNX Runtime's quantize_dynamic writes a layer, and the same with ConvInteger: the operator on floats, W being
 * (W − zero point) · scale.
 */
function integerLayer(operator: string, plain: string): Plain {
  return {
    operator,
    write(at, writer) {
      const { node, view } = at;
      const maker = view.producer(at.input(0));
      if (maker === null || operatorOf(maker) !== 'DynamicQuantizeLinear')
        return at.refuse('multiplies integers that no DynamicQuantizeLinear made of an embedding');
      const cast = onlyReader(at, node.output[0] ?? '', 'Cast');
      const { nodes, constants, out } = scalesFrom(at, cast.output[0] ?? '', maker.output[1] ?? '');
      const w = weightOf(at, writer, constants);
      const { attribute } = node;
      const input = [maker.input[0] ?? '', w];
      writer.nodes.push(create('NodeProto', { opType: plain, input, output: [out], attribute }));
      return { replaces: [node, cast, ...nodes], note: INPUT_NOTE };
    },
  };
}

function weightOf(at: Cursor, writer: Writer, scales: readonly string[]): string {
  const [first, ...others] = scales;
  if (first === undefined) return at.refuse('is never multiplied with a scale of its weights');
  const sizes = scales
    .map((name) => constantAt(at, name))
    .flatMap((each) => (typeof each === 'string' ? [] : each.shape));
  if (operatorOf(at.node) === 'ConvInteger' && sizes.some((size) => size !== 1))
    at.refuse('has more than one scale of its weights');
  const scale = others.reduce((product, other) => writer.node('Mul', [product, other]), first);
  return dequantised(writer, { value: at.input(1), scale, zero: optional(at, 3) }, 'weight');
}

export const matmulInteger = integerLayer('MatMulInteger', 'MatMul');

/** Its scale may be a number only: a list would run along other axes in W than in the scores. */
export const convInteger = integerLayer('ConvInteger', 'Conv');
