import { intAttribute } from '../graph/attributes.ts';
import { type GraphView, operatorOf } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';

/** What a length may go through before a value is divided by it: guards against 0, and shapes. */
const CARRIERS: ReadonlySet<string> = new Set(
  'Identity Max Clip Add Expand Reshape Unsqueeze Cast'.split(' '),
);

/** What may lie between a value of length 1 and the layer without changing its length. */
const KEEPING: ReadonlySet<string> = new Set(
  'Identity Dropout Cast Flatten Reshape Squeeze Unsqueeze'.split(' '),
);

const MOST_STEPS = 8;

function upFrom(view: GraphView, value: string, through: ReadonlySet<string>): NodeProto | null {
  let node = view.producer(value);
  for (let step = 0; node !== null && through.has(operatorOf(node)) && step < MOST_STEPS; step++) {
    node = view.producer(node.input[0] ?? '');
  }
  return node;
}

/** Whether a value is ‖x‖: as one node, or as the root of a sum of squares. */
function isLength(view: GraphView, value: string, x: string): boolean {
  const node = upFrom(view, value, CARRIERS);
  if (node === null) return false;
  if (operatorOf(node) === 'ReduceL2') return node.input[0] === x;
  if (operatorOf(node) !== 'Sqrt') return false;
  const sum = upFrom(view, node.input[0] ?? '', CARRIERS);
  if (sum === null) return false;
  if (operatorOf(sum) === 'ReduceSumSquare') return sum.input[0] === x;
  const square = view.producer(sum.input[0] ?? '');
  return operatorOf(sum) === 'ReduceSum' && square !== null && isSquare(square, x);
}

function isSquare(node: NodeProto, x: string): boolean {
  const [a, b] = node.input;
  return a === x && (operatorOf(node) === 'Pow' || (operatorOf(node) === 'Mul' && b === x));
}

/** The node that brings a value to length 1, for people: x / ‖x‖ or an LpNormalization of order 2. Null where none does. */
export function unitLength(view: GraphView, value: string): string | null {
  const node = upFrom(view, value, KEEPING);
  if (node === null) return null;
  const [x = '', length = ''] = node.input;
  const operator = operatorOf(node);
  const divides = operator === 'Div' && isLength(view, length, x);
  const normalises = operator === 'LpNormalization' && intAttribute(node, 'p', 2) === 2;
  return divides || normalises ? view.label(node) : null;
}
