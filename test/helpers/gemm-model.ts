import { create } from '#model/codec.js';
import type { TensorProto, ValueInfoProto } from '#model/proto.js';
import { makeTensor } from '#model/tensors.js';
import { encodeModel } from '#model/write.js';
import { modelOf } from './tiny-model.ts';

/** What is unusual about a small classifier `x [N, D] → Gemm → y [N, C]`. */
export interface Oddity {
  readonly opset?: number;
  readonly ir?: number;
  readonly classes?: number;
  readonly dim?: number;
  /** The weight comes in from outside instead of lying in the file. */
  readonly weightGiven?: boolean;
  /** An operator behind the layer. */
  readonly behind?: string;
  /** An operator before it. */
  readonly before?: string;
  /** What the layer's node is called. */
  readonly layer?: string;
  /** The file beside the model that the weight is said to lie in. */
  readonly weightIn?: string;
}

/** The bytes of a small classifier. */
export function gemmModel({
  opset = 17,
  ir = 8,
  classes = 3,
  dim = 4,
  weightGiven = false,
  behind,
  before,
  layer = 'fc',
  weightIn,
}: Oddity): Uint8Array {
  const values = Float32Array.from({ length: classes * dim }, (_, i) => Math.sin(i + 1));
  const weight =
    weightIn === undefined ? makeTensor('w', [classes, dim], values) : elsewhere(weightIn, classes);
  const gemm = create('NodeProto', {
    opType: 'Gemm',
    name: layer,
    input: [before === undefined ? 'x' : 'x0', 'w'],
    output: [behind === undefined ? 'y' : 'scores'],
    attribute: [create('AttributeProto', { name: 'transB', type: 2, i: 1 })],
  });
  const first =
    before === undefined ? [] : [create('NodeProto', { opType: before, input: ['x'], output: ['x0'] })];
  const last =
    behind === undefined
      ? []
      : [create('NodeProto', { opType: behind, name: 'last', input: ['scores'], output: ['y'] })];
  const model = modelOf(
    {
      node: [...first, gemm, ...last],
      initializer: weightGiven ? [] : [weight],
      input: [floats('x', ['N', dim]), ...(weightGiven ? [floats('w', [classes, dim])] : [])],
      output: [floats('y', ['N', classes])],
    },
    { irVersion: ir, opsetImport: [create('OperatorSetIdProto', { domain: '', version: opset })] },
  );
  return encodeModel(model);
}

function elsewhere(location: string, classes: number): TensorProto {
  return create('TensorProto', {
    name: 'w',
    dims: [classes, 4],
    dataType: 1,
    dataLocation: 1,
    externalData: [create('StringStringEntryProto', { key: 'location', value: location })],
  });
}

function floats(name: string, shape: readonly (string | number)[]): ValueInfoProto {
  const dim = shape.map((each) =>
    create('DimensionProto', typeof each === 'string' ? { dimParam: each } : { dimValue: each }),
  );
  const tensorType = create('TensorTypeProto', { elemType: 1, shape: create('TensorShapeProto', { dim }) });
  return create('ValueInfoProto', { name, type: create('TypeProto', { tensorType }) });
}
