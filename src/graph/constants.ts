import type { NodeProto, TensorProto } from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';
import { readTensor } from '../model/tensors.ts';
import { attribute, intsAttribute, tensorAttribute } from './attributes.ts';
import type { GraphView } from './view.ts';
import { isStandard } from './view.ts';

/** The stored tensor behind a name: an initializer, or the value of a Constant node. Null where it is computed. */
export function storedTensor(view: GraphView, value: string): TensorProto | null {
  const node = view.producer(value);
  if (node === null) return view.initializer(value);
  return node.opType === 'Constant' && isStandard(node) ? tensorAttribute(node, 'value') : null;
}

/** Longer lists are no axes, shapes or pads. */
const MOST_INTS = 1024;

/** A stored list of integers (axes, a shape), or null where there is none or it is computed. */
export function storedInts(view: GraphView, value: string): readonly number[] | null {
  const node = view.producer(value);
  const ints = node?.opType === 'Constant' ? attribute(node, 'value_ints') : null;
  if (ints) return ints.ints.map((each) => toNumber(each));
  const tensor = storedTensor(view, value);
  if (tensor === null) return null;
  const size = tensor.dims.reduce<number>((count, dim) => count * toNumber(dim), 1);
  return size <= MOST_INTS ? Array.from(readTensor(view.model, tensor).data, Number) : null;
}

/**
 * A list that operators take as an attribute in older opsets and as an input in newer ones (axes, split, pads). An empty
 * list counts as absent, as ONNX has it for axes.
 */
export function givenInts(
  view: GraphView,
  node: NodeProto,
  name: string,
  input: number,
): readonly number[] | 'absent' | 'computed' {
  const value = node.input[input];
  const ints = intsAttribute(node, name) ?? (value ? storedInts(view, value) : []);
  if (ints === null) return 'computed';
  return ints.length === 0 ? 'absent' : ints;
}
