import { withFields } from '#model/codec.js';
import type { Model } from '#model/model.js';
import type { NodeProto, ValueInfoProto } from '#model/proto.js';
import { modelFromBytes } from '#model/read.js';
import { encodeModel } from '#model/write.js';
import { int64s, node } from './tiny-graph.ts';

/**
 * A classifier as exporters write it that are told of no batch axis: its size stands in inputs and outputs, and a Reshape `[size, features]`
 * where a Flatten was.
 */
export function withFixedBatch(model: Model, size: number, features: number): Model {
  const { graph } = model.proto;
  if (!graph) throw new Error('a model without a graph');
  const flat = (each: NodeProto) =>
    each.opType === 'Flatten'
      ? node('Reshape', `${each.input[0]} flat_shape`, each.output[0] ?? '', {}, { name: each.name ?? '' })
      : each;
  const changed = withFields(graph, {
    node: graph.node.map(flat),
    initializer: [...graph.initializer, int64s('flat_shape', [size, features])],
    input: graph.input.map((info) => sized(info, size)),
    output: graph.output.map((info) => sized(info, size)),
  });
  return modelFromBytes(encodeModel({ ...model, proto: withFields(model.proto, { graph: changed }) }));
}

function sized(info: ValueInfoProto, size: number): ValueInfoProto {
  const tensorType = info.type?.tensorType;
  const [first, ...rest] = tensorType?.shape?.dim ?? [];
  if (!info.type || !tensorType?.shape || first === undefined) throw new Error(`${info.name} has no shape`);
  const dim = [withFields(first, { dimParam: undefined, dimValue: size }), ...rest];
  const shape = withFields(tensorType.shape, { dim });
  return withFields(info, { type: withFields(info.type, { tensorType: withFields(tensorType, { shape }) }) });
}
