import type { Writer } from '../../expr/writer.ts';
import { attribute } from '../../graph/attributes.ts';
import { create } from '../../model/codec.ts';
import { elementNumber } from '../../model/elements.ts';
import type { NodeProto, TensorProto } from '../../model/proto.ts';
import { toNumber } from '../../model/proto.ts';
import { makeTensor } from '../../model/tensors.ts';
import type { Cursor } from '../cursor.ts';
import type { Plain } from './plain.ts';

const floatsOf = (node: NodeProto, name: string) => Float32Array.from(attribute(node, name)?.floats ?? []);

/** The names of the classes, numbers or strings; null where the node has none. */
function namesOf(node: NodeProto, name: string): TensorProto | null {
  const ints = attribute(node, 'classlabels_ints')?.ints ?? [];
  if (ints.length > 0)
    return makeTensor(
      name,
      [ints.length],
      BigInt64Array.from(ints, (each) => BigInt(toNumber(each))),
    );
  const strings = attribute(node, 'classlabels_strings')?.strings ?? [];
  if (strings.length === 0) return null;
  return create('TensorProto', {
    name,
    dims: [strings.length],
    dataType: elementNumber('string'),
    stringData: strings,
  });
}

/** What becomes of the scores before they go out; ORT's names. */
const TRANSFORMS: ReadonlyMap<string, string> = new Map([
  ['NONE', 'Identity'],
  ['SOFTMAX', 'Softmax'],
  ['LOGISTIC', 'Sigmoid'],
]);

/** The matrix that the attributes hold, row by row; ends in a miss where they do not fit each other or the input. */
interface Layer {
  readonly coefficients: Float32Array;
  readonly intercepts: Float32Array;
  readonly classes: number;
  readonly dim: number;
}

function layerOf(at: Cursor, named: number | null): Layer {
  const { node } = at;
  const [coefficients, intercepts] = [floatsOf(node, 'coefficients'), floatsOf(node, 'intercepts')];
  const classes = named ?? intercepts.length;
  const rows = intercepts.length || classes;
  if (rows === 1) at.refuse('gives one logit; a margin softmax is defined from two classes on');
  const dim = coefficients.length / classes;
  if (rows !== classes || classes < 1 || !(Number.isInteger(dim) && dim > 0)) {
    const [many, few] = [coefficients.length, intercepts.length];
    at.refuse(`has ${many} coefficients and ${few} intercepts for ${classes} classes`);
  }
  const given = at.shapes(at.input(0)).shape?.at(-1);
  if (typeof given === 'number' && given !== dim)
    at.refuse(`has ${dim} coefficients a class for an input of ${given} numbers`);
  return { coefficients, intercepts, classes, dim };
}

/** The operator that does what `post_transform` says. */
function activationOf(at: Cursor): string {
  const transform = at.text('post_transform') || 'NONE';
  const names = [...TRANSFORMS.keys()];
  const known = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return (
    TRANSFORMS.get(transform) ?? at.refuse(`transforms its scores by ${transform}; ${known} are understood`)
  );
}

/**
 * scikit-learn's linear classifiers: coefficients [C·D] row by row and intercepts [C] in attributes; gives labels, and
 * scores behind a transformation. In plain operators a Gemm, its activation, and the name of the largest score.
 */
export const linearClassifier: Plain = {
  operator: 'ai.onnx.ml::LinearClassifier',
  write(at, writer) {
    const { node } = at;
    const names = namesOf(node, writer.fresh('classes'));
    const layer = layerOf(at, names === null ? null : toNumber(names.dims[0] ?? 0));
    const activation = activationOf(at);
    const scores = writeScores(at, writer, layer);
    const [label = '', numbers = ''] = node.output;
    if (numbers !== '')
      writer.node(activation, [scores], activation === 'Softmax' ? { axis: 1 } : {}, numbers);
    if (label !== '') writeLabel(writer, scores, label, names);
    return { replaces: [node], note: null };
  },
};

function writeScores(at: Cursor, writer: Writer, { coefficients, intercepts, classes, dim }: Layer): string {
  const store = (wanted: string, dims: readonly number[], data: Float32Array) => {
    const name = writer.fresh(wanted);
    writer.initializers.push(makeTensor(name, dims, data));
    return name;
  };
  const w = store('weight', [classes, dim], coefficients);
  const b = intercepts.length === 0 ? [] : [store('bias', [classes], intercepts)];
  const isFloat = at.shapes(at.input(0)).element === 'float32';
  const x = isFloat ? at.input(0) : asFloat(writer, at.input(0));
  return writer.node('Gemm', [x, w, ...b], { transB: 1 }, writer.fresh('scores'));
}

function asFloat(writer: Writer, value: string): string {
  return writer.node('Cast', [value], { to: elementNumber('float32') }, writer.fresh('embedding'));
}

function writeLabel(writer: Writer, scores: string, label: string, names: TensorProto | null): void {
  const best = { axis: 1, keepdims: 0 };
  if (names === null) {
    writer.node('ArgMax', [scores], best, label);
    return;
  }
  writer.initializers.push(names);
  const place = writer.node('ArgMax', [scores], best);
  writer.node('Gather', [names.name ?? '', place], { axis: 0 }, label);
}
