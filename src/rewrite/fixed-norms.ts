import { floatAttribute, intAttribute } from '../graph/attributes.ts';
import { storedTensor } from '../graph/constants.ts';
import { freshNames } from '../graph/edit.ts';
import { inferShapes, type Shapes } from '../graph/shapes.ts';
import { type GraphView, isStandard, viewGraph } from '../graph/view.ts';
import { create, withFields } from '../model/codec.ts';
import { deriveModel } from '../model/model.ts';
import type { NodeProto, TensorProto } from '../model/proto.ts';
import { makeTensor, readTensor } from '../model/tensors.ts';

/** A BatchNormalization as it is at inference: y = a·x + b for each channel. */
interface Line {
  readonly node: NodeProto;
  /** `[C]` each. */
  readonly slope: Float32Array;
  readonly offset: Float32Array;
  /** Axes behind that of the channels. */
  readonly behind: number;
}

/**
 * The model with its BatchNormalization nodes as the multiplication and the addition that they are at inference, for readers
 * that would normalise by the batch instead, whatever is frozen. One that is made for training, or whose numbers are
 * computed, stays.
 */
export function withFixedNorms(view: GraphView): GraphView {
  const shapes = inferShapes(view);
  const lines = new Map(
    view.nodes.flatMap((node) => {
      const line = lineOf(view, shapes, node);
      return line === null ? [] : [[node, line] as const];
    }),
  );
  if (lines.size === 0) return view;
  const fresh = freshNames(view);
  const constants: TensorProto[] = [];
  const nodes = view.graph.node.flatMap((node) => {
    const line = lines.get(node);
    return line === undefined ? [node] : arithmetic(line, fresh, constants);
  });
  const read = new Set(nodes.flatMap(view.reads));
  const given = new Set([...view.graph.input, ...view.graph.output].map(({ name }) => name));
  const spent = new Set([...lines.keys()].flatMap(({ input }) => input));
  const stays = ({ name = '' }: TensorProto) => !spent.has(name) || read.has(name) || given.has(name);
  const graph = withFields(view.graph, {
    node: nodes,
    initializer: [...view.graph.initializer.filter(stays), ...constants],
  });
  return viewGraph(deriveModel(view.model, withFields(view.model.proto, { graph })));
}

function lineOf(view: GraphView, shapes: Shapes, node: NodeProto): Line | null {
  const [x = '', ...names] = node.input;
  const trains = intAttribute(node, 'training_mode', 0) === 1 || node.output.length > 1;
  if (node.opType !== 'BatchNormalization' || !isStandard(node) || trains) return null;
  const rank = shapes(x).shape?.length;
  const [scale, bias, mean, variance] = names.map((name) => numbersOf(view, name));
  if (rank === undefined || rank < 2 || !scale || !bias || !mean || !variance) return null;
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const slope = scale.map((each, c) => each / Math.sqrt((variance[c] ?? 0) + epsilon));
  const offset = bias.map((each, c) => each - (mean[c] ?? 0) * (slope[c] ?? 0));
  return { node, slope: Float32Array.from(slope), offset: Float32Array.from(offset), behind: rank - 2 };
}

/** The numbers of a stored float32 tensor; null for any other value. */
function numbersOf(view: GraphView, name: string): number[] | null {
  const tensor = storedTensor(view, name);
  if (tensor === null) return null;
  const { element, data } = readTensor(view.model, tensor);
  return element === 'float32' ? Array.from(data, Number) : null;
}

function arithmetic(
  { node, slope, offset, behind }: Line,
  fresh: (wanted: string) => string,
  constants: TensorProto[],
): NodeProto[] {
  const label = node.output[0] ?? '';
  const stored = (what: string, numbers: Float32Array) => {
    const name = fresh(`${label}_${what}`);
    constants.push(makeTensor(name, [numbers.length, ...new Array<number>(behind).fill(1)], numbers));
    return name;
  };
  const scaled = fresh(`${label}_scaled`);
  const make = (opType: string, input: readonly string[], output: string) =>
    create('NodeProto', { name: fresh(`${label}_${opType.toLowerCase()}`), opType, input, output: [output] });
  return [
    make('Mul', [node.input[0] ?? '', stored('slope', slope)], scaled),
    make('Add', [scaled, stored('offset', offset)], label),
  ];
}
