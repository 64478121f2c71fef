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

/**
 * The float value behind an input that was quantised at run time (DynamicQuantizeLinear), before that happened; else the
 * quantised one as floats.
 */
export function floatInput(at: Cursor, writer: Writer, input: Quantised): string {
  const maker = at.view.producer(input.value);
  const dynamic = maker !== null && operatorOf(maker) === 'DynamicQuantizeLinear';
  return dynamic ? (maker.input[0] ?? '') : dequantised(writer, input, 'embedding');
}

/** A name, empty where the input is left out. */
export function optional({ node }: Cursor, index: number): string {
  return node.input[index] ?? '';
}

export const WEIGHT_NOTE = 'the weights of the layer were quantised; the new head has them as floats';
export const INPUT_NOTE =
  'the layer quantised its input and weights; the new head reads the input before that, and has the weights as floats';
