import { sizeAt } from '../graph/shapes.ts';
import { tensorFacts } from '../graph/value-info.ts';
import { type GraphView, isStandard } from '../graph/view.ts';
import type { NodeProto, TensorProto } from '../model/proto.ts';
import { operatorAt } from './backward.ts';
import type { Body } from './part.ts';

/** A tensor of a layer that lies in the file. */
export interface Stored {
  /** The value that the layer reads: an initializer, or its name for a tensor that it shares (`Identity`). */
  readonly value: string;
  readonly tensor: TensorProto;
  readonly dims: readonly number[];
}

/** The stored tensors that nodes learn, each once; those that a node outside reads too stay as they are. */
export function storedWeights(body: Body, nodes: readonly NodeProto[]): Stored[] {
  const inside = new Set(nodes);
  const found = nodes.flatMap((node) => weightsOf(body, node));
  const unique = new Map(found.map((each) => [each.value, each]));
  return [...unique.values()].filter(({ value }) => readBy(body, value, inside));
}

/** The stored tensors that one node learns. */
export function weightsOf(body: Body, node: NodeProto): Stored[] {
  const rule = operatorAt(node);
  if (rule === null) return [];
  const at = (index: number) => storedAt(body, node.input[index] ?? '');
  const weights = rule.weights.map(at);
  const vectors = rule.vectors.map(at).map((each) => (each !== null && isVector(each) ? each : null));
  return [...weights, ...vectors].filter((each) => each !== null);
}

/** One axis longer than 1: a bias or a scale. Single numbers and tables are constants of a formula. */
const isVector = ({ dims }: Stored) => dims.filter((dim) => dim !== 1).length === 1;

/** Nodes on the way from a stored tensor to where it is used, by which it stays one. */
const PASSED: ReadonlySet<string> = new Set(['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten']);

/** The float32 initializer behind a value. PyTorch writes equal parameters once, each other one as an Identity of it. */
function storedAt(body: Body, value: string): Stored | null {
  const { view, fed } = body;
  const tensor = initializerOf(view, value);
  if (tensor !== null) {
    const { element, shape } = tensorFacts(tensor);
    const dims = (shape ?? []).map((_, axis) => sizeAt(shape, axis) ?? 0);
    return element === 'float32' ? { value, tensor, dims } : null;
  }
  const maker = view.producer(value);
  const passes = maker !== null && !fed.has(maker) && isStandard(maker) && PASSED.has(maker.opType ?? '');
  return passes ? storedAt(body, maker.input[0] ?? '') : null;
}

/** The initializer that a value is, if need be under another name. */
function initializerOf(view: GraphView, value: string): TensorProto | null {
  const maker = view.producer(value);
  if (maker === null) return view.initializer(value);
  if (maker.opType !== 'Identity' || !isStandard(maker)) return null;
  return initializerOf(view, maker.input[0] ?? '');
}

/** Whether nodes of the part alone read a value, by way of other constants too; nor is it an output. */
function readBy(body: Body, value: string, inside: ReadonlySet<NodeProto>): boolean {
  const { view, fed } = body;
  if (view.outputs.some(({ name }) => name === value)) return false;
  return view
    .consumers(value)
    .every((node) =>
      fed.has(node) ? inside.has(node) : node.output.every((made) => readBy(body, made, inside)),
    );
}
