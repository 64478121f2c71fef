import type { Writer } from '../../expr/writer.ts';
import { operatorOf } from '../../graph/view.ts';
import { elementNumber } from '../../model/elements.ts';
import type { Cursor } from '../cursor.ts';

/** Names of a quantised tensor's parts; the zero point is empty where there is none. */
export interface Quantised {
  readonly value: string;
  readonly scale: string;
  readonly zero: string;
}

const FLOAT = { to: elementNumber('float32') };

/** (value − zero point) · scale in float32, in operators that every opset has. */
export function dequantised(writer: Writer, { value, scale, zero }: Quantised, wanted: string): string {
  const wide = writer.node('Cast', [value], FLOAT);
  const centred = zero === '' ? wide : writer.node('Sub', [wide, writer.node('Cast', [zero], FLOAT)]);
  return writer.node('Mul', [centred, scale], {}, writer.fresh(wanted));
}

/** The same as one node, which a walk knows to undo a QuantizeLinear: for a value with one scale, from opset 10 on. */
export function floats(writer: Writer, { value, scale, zero }: Quantised, wanted: string): string {
  return writer.node(
    'DequantizeLinear',
    zero === '' ? [value, scale] : [value, scale, zero],
    {},
    writer.fresh(wanted),
  );
}

/**
 * The float value behind an input that was quantised at run time (DynamicQuantizeLinear), before that happened; else the
 * quantised one as floats.
 */
export function floatInput(at: Cursor, writer: Writer, input: Quantised): string {
  const maker = at.view.producer(input.value);
  const dynamic = maker !== null && operatorOf(maker) === 'DynamicQuantizeLinear';
  return dynamic ? (maker.input[0] ?? '') : floats(writer, input, 'embedding');
}

/** A name, empty where the input is left out. */
export function optional({ node }: Cursor, index: number): string {
  return node.input[index] ?? '';
}

/** A quantised operand: value, scale and zero point from an input on; the last may be left out. */
export function operand(at: Cursor, from: number): Quantised {
  return { value: at.input(from), scale: at.input(from + 1), zero: optional(at, from + 2) };
}

/** The result quantised again, by scale and zero point from an input on. */
export function quantised(at: Cursor, writer: Writer, value: string, from: number): void {
  const zero = optional(at, from + 1);
  const parts = [value, at.input(from), ...(zero === '' ? [] : [zero])];
  writer.node('QuantizeLinear', parts, {}, at.node.output[0] ?? '');
}

export const WEIGHT_NOTE = 'the weights of the layer were quantised; the new head has them as floats';
export const INPUT_NOTE =
  'the layer quantised its input and weights; the new head reads the input before that, and has the weights as floats';
