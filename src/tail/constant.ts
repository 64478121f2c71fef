import { MarginError } from '../errors.ts';
import type { Tensor } from '../expr/kernels.ts';
import { mapTensor } from '../expr/kernels.ts';
import { storedTensor } from '../graph/constants.ts';
import { ancestors } from '../graph/live.ts';
import { tensorFacts } from '../graph/value-info.ts';
import type { GraphView } from '../graph/view.ts';
import { isStandard } from '../graph/view.ts';
import type { Element } from '../model/elements.ts';
import type { NodeProto, TensorProto } from '../model/proto.ts';
import { pickRuns, type Runs, readRuns, readTensor } from '../model/tensors.ts';
import { FOLD_RULES } from './fold.ts';
import type { Ground } from './ground.ts';
import { boundedWork } from './work.ts';

/** A value that does not depend on what is fed: stored, or an expression of stored ones only. */
export interface Constant {
  readonly value: string;
  readonly element: Element | null;
  readonly shape: readonly number[];
  /** The initializer or Constant node's tensor, where it is not computed. */
  readonly stored: TensorProto | null;
  /** The elements in order, or some of them, computed in float64. Reads the file. */
  floats(runs?: Runs): Float32Array;
}

const INTEGER = /^u?int\d+$/;

const ruleOf = (node: NodeProto) => (isStandard(node) ? FOLD_RULES.get(node.opType ?? '') : undefined);

function evaluate({ view, shapes }: Ground, value: string, nodes: ReadonlySet<NodeProto>): Tensor {
  const tensors = new Map<string, Tensor>();
  const work = boundedWork();
  const read = (name: string): Tensor | null => {
    if (name === '') return null;
    const known = tensors.get(name);
    if (known) return known;
    const initializer = view.initializer(name);
    if (initializer === null) throw new RangeError(`${JSON.stringify(name)} is read before it is made`);
    const { dims, data } = readTensor(view.model, initializer);
    const loaded = { shape: dims, data: Float64Array.from(data, Number) };
    work.read(data.length);
    tensors.set(name, loaded);
    return loaded;
  };
  for (const node of [...nodes].sort((a, b) => view.index(a) - view.index(b))) {
    const [out = ''] = node.output;
    const args = node.input.map(read);
    work.spend(args.reduce((sum, each) => sum + (each?.data.length ?? 0), 0));
    const result = ruleOf(node)?.({ view, node, args, work });
    if (result)
      tensors.set(out, INTEGER.test(shapes(out).element ?? '') ? mapTensor(Math.trunc, result) : result);
  }
  const result = read(value);
  if (result === null) throw new RangeError('a constant without a name');
  return result;
}

/** Evaluates, and says in our words where shapes inside the file do not fit each other, or what was inferred. */
function evaluated(
  ground: Ground,
  value: string,
  nodes: ReadonlySet<NodeProto>,
  expected: readonly number[] | null,
): Tensor {
  try {
    const tensor = evaluate(ground, value, nodes);
    if (expected !== null && String(tensor.shape) !== String(expected))
      throw new RangeError(`a shape of [${tensor.shape}] where [${expected}] follows from the operators`);
    return tensor;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MarginError({
      code: 'UNSUPPORTED_MODEL',
      message: `The constant ${JSON.stringify(value)} cannot be computed.`,
      saw: error.message,
      expected: 'an expression of stored tensors whose shapes fit',
      cause: error,
    });
  }
}

/** The constant behind a value, or the reason why it is none: "is computed at run time from "x"". */
export function constantAt(ground: Ground, value: string): Constant | string {
  const { view, shapes } = ground;
  const stored = storedTensor(view, value);
  if (stored) {
    const { element, shape } = tensorFacts(stored);
    return {
      value,
      element,
      shape: sizes(shape) ?? [],
      stored,
      floats: (runs) => floatsOf(view, stored, runs),
    };
  }
  const source = ground.fedBy(value);
  if (source !== null) return `is computed at run time from ${JSON.stringify(source)}`;
  const nodes = ancestors([value], view.producer, view.reads);
  const strange = [...nodes].find((node) => ruleOf(node) === undefined);
  if (strange) return `is made by ${view.label(strange)}, which cannot be evaluated beforehand`;
  const { element, shape } = shapes(value);
  const known = sizes(shape);
  let computed: Tensor | undefined;
  const tensor = () => {
    computed ??= evaluated(ground, value, nodes, known);
    return computed;
  };
  return {
    value,
    element,
    shape: known ?? tensor().shape,
    stored: null,
    floats(runs) {
      const { data } = tensor();
      return Float32Array.from(runs === undefined ? data : pickRuns(data, runs));
    },
  };
}

/** float32 data needs no conversion, which for a large weight would cost more than everything else. */
function floatsOf({ model }: GraphView, stored: TensorProto, runs?: Runs): Float32Array {
  const data = runs === undefined ? readTensor(model, stored).data : readRuns(model, stored, runs);
  return data instanceof Float32Array ? data : Float32Array.from(data, Number);
}

function sizes(shape: readonly unknown[] | null): number[] | null {
  const numbers = shape?.filter((dim) => typeof dim === 'number') ?? null;
  return numbers?.length === shape?.length ? numbers : null;
}
