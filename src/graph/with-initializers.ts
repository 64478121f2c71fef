import { MarginError } from '../errors.ts';
import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { NodeProto, TensorProto, ValueInfoProto } from '../model/proto.ts';
import { makeTensor } from '../model/tensors.ts';
import { tensorFacts, tensorInfo } from './value-info.ts';
import { type GraphView, isStandard, viewGraph } from './view.ts';

/**
 * The model with other numbers in stored tensors, by their names. One that is another tensor under a second name (an
 * `Identity` of an initializer, as PyTorch writes equal parameters) becomes an initializer of its own, and the other one
 * keeps what it has.
 * @throws MarginError BAD_DATA where there is no such float32 tensor, or it has another number of elements
 */
export function withInitializers(model: Model, values: Readonly<Record<string, Float32Array>>): Model {
  const view = viewGraph(model);
  const made = new Map(
    Object.entries(values).map(([name, data]) => [name, filled(view, name, data)] as const),
  );
  const taken = new Set<string>();
  const initializer = view.graph.initializer.map((tensor) => {
    const name = tensor.name ?? '';
    const other = made.get(name);
    if (other !== undefined) taken.add(name);
    return other ?? tensor;
  });
  const own = [...made].flatMap(([name, tensor]) => (taken.has(name) ? [] : [tensor]));
  const replaced = ({ output: [first = ''] }: NodeProto) => made.has(first);
  // Below IR 4 an initializer is the default of an input, so each needs one.
  const declared = view.irVersion < 4 ? own.map(declarationOf) : [];
  const graph = withFields(view.graph, {
    node: view.nodes.filter((node) => !replaced(node)),
    initializer: [...initializer, ...own],
    input: [...view.graph.input, ...declared],
  });
  return deriveModel(model, withFields(model.proto, { graph }));
}

function declarationOf(tensor: TensorProto): ValueInfoProto {
  return tensorInfo(tensor.name ?? '', 'float32', tensorFacts(tensor).shape);
}

/** The tensor of that name with other elements. */
function filled(view: GraphView, name: string, data: Float32Array): TensorProto {
  const tensor = initializerOf(view, name);
  const { element, shape } = tensor === null ? { element: null, shape: null } : tensorFacts(tensor);
  const dims = (shape ?? []).map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (tensor === null || element !== 'float32' || count !== data.length) {
    throw new MarginError({
      code: 'BAD_DATA',
      message: `The model has no float32 initializer ${JSON.stringify(name)} of ${data.length} elements.`,
      saw: tensor === null ? 'no initializer of that name' : `${element} [${dims.join(', ')}]`,
      expected: 'the name of an initializer, and as many numbers as it holds',
      tryThis: ['take the names that trainedLayers gives'],
    });
  }
  const { rawData } = makeTensor(name, dims, data);
  return withFields(tensor, {
    name,
    rawData,
    floatData: [],
    externalData: [],
    dataLocation: undefined,
    payload: undefined,
  });
}

function initializerOf(view: GraphView, name: string): TensorProto | null {
  const maker = view.producer(name);
  if (maker === null) return view.initializer(name);
  return maker.opType === 'Identity' && isStandard(maker) ? initializerOf(view, maker.input[0] ?? '') : null;
}
