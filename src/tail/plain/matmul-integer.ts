import { operatorOf } from '../../graph/view.ts';
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
 * as ONNX Runtime's quantize_dynamic writes a layer: E·W with W as floats.
 */
export const matmulInteger: Plain = {
  operator: 'MatMulInteger',
  write(at, writer) {
    const { node, view } = at;
    const maker = view.producer(at.input(0));
    if (maker === null || operatorOf(maker) !== 'DynamicQuantizeLinear')
      return at.refuse('multiplies integers that no DynamicQuantizeLinear made of an embedding');
    const cast = onlyReader(at, node.output[0] ?? '', 'Cast');
    const { nodes, constants, out } = scalesFrom(at, cast.output[0] ?? '', maker.output[1] ?? '');
    const [first = '', ...others] = constants;
    if (first === '') return at.refuse('is never multiplied with a scale of its weights');
    const scale = others.reduce((product, other) => writer.node('Mul', [product, other]), first);
    const w = dequantised(writer, { value: at.input(1), scale, zero: optional(at, 3) }, 'weight');
    writer.node('MatMul', [maker.input[0] ?? '', w], {}, out);
    return { replaces: [node, cast, ...nodes], note: INPUT_NOTE };
  },
};
