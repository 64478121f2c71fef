import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { printShape } from '../graph/print-values.ts';
import type { Dim } from '../graph/value-info.ts';
import { constantAt } from './constant.ts';
import type { Cursor } from './cursor.ts';
import { biasAt, type Linear, weightAt } from './linear.ts';

/** The kernel of a convolution: an attribute, else the weight's own. */
export function kernelOf(at: Cursor): readonly number[] {
  const given = intsAttribute(at.node, 'kernel_shape');
  if (given !== null) return given;
  const weight = constantAt(at, at.node.input[1] ?? '');
  return typeof weight === 'string' ? [] : weight.shape.slice(2);
}

/** The sizes of the map that a convolution reads; ends in a miss where its shape is not known. */
export function mapOf(at: Cursor): readonly Dim[] {
  const embedding = at.input(0);
  const { shape } = at.shapes(embedding);
  if (shape === null) return at.refuse(`reads ${JSON.stringify(embedding)}, whose shape is not known`);
  if (shape.length < 3)
    at.refuse(`scores ${JSON.stringify(embedding)} ${printShape(shape)}, which is no map`);
  return shape.slice(2);
}

/** A convolution that sees all of its map at once is a linear layer: W [C, …] is a row of D numbers a class. */
export function convolved(at: Cursor): Linear {
  const { node, depth } = at;
  if (intAttribute(node, 'group', 1) !== 1)
    at.refuse('is a grouped convolution: not every class sees every feature');
  if (intsAttribute(node, 'pads')?.some((pad) => pad !== 0)) at.refuse('pads its input');
  if (/^SAME/.test(at.text('auto_pad'))) at.refuse('pads its input');
  const rank = mapOf(at).length + 2;
  const found = weightAt(at, 1, 'CD', rank);
  const bias = node.input[2] ? biasAt(at, 2, found.classes) : null;
  const [logits = ''] = node.output;
  return {
    ...found,
    node,
    depth,
    embedding: at.input(0),
    rank,
    logits,
    axis: 1,
    spatial: true,
    gain: null,
    bias,
  };
}
