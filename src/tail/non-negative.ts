import { floatAttribute } from '../graph/attributes.ts';
import { storedTensor } from '../graph/constants.ts';
import type { GraphView } from '../graph/view.ts';
import { isStandard } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { readTensor } from '../model/tensors.ts';

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Operators that give nothing below zero. */
const NEVER_BELOW_ZERO = names('Relu Sigmoid HardSigmoid Softplus Softmax Abs Exp Sqrt');

/** Operators that give nothing below zero where their first input holds nothing below zero. */
const KEEPING = names(
  'Identity Dropout Cast Flatten Reshape Squeeze Unsqueeze Transpose Gather Slice Expand GlobalAveragePool ' +
    'GlobalMaxPool AveragePool MaxPool ReduceMean ReduceMax ReduceMin ReduceSum',
);

/** A walk that has not met an answer by then is going round in a circle. */
const MOST_STEPS = 64;

/** Whether a value holds nothing below zero for all that is fed, as far as operators tell. */
export function isNonNegative(view: GraphView, value: string): boolean {
  let node = view.producer(value);
  for (let step = 0; node !== null && step < MOST_STEPS; step++) {
    const { opType = '', input } = node;
    if (!isStandard(node)) return false;
    if (NEVER_BELOW_ZERO.has(opType)) return true;
    if (opType === 'Clip') return leastOf(view, node) >= 0;
    if (!KEEPING.has(opType)) return false;
    node = view.producer(input[0] ?? '');
  }
  return false;
}

/** The lower bound of a Clip: an attribute below opset 11, an input from there on. */
function leastOf(view: GraphView, node: NodeProto): number {
  const bound = storedTensor(view, node.input[1] ?? '');
  const absent = Number.NEGATIVE_INFINITY;
  if (bound === null || bound.dims.length > 0) return floatAttribute(node, 'min', absent);
  return Number(readTensor(view.model, bound).data[0] ?? absent);
}
