import { create } from '../model/codec.ts';
import type { NodeProto } from '../model/proto.ts';
import { makeTensor } from '../model/tensors.ts';
import type { BatchAxis, Flow } from './batch-axis.ts';

/** What keeps a batch from being opened. */
export interface StaysFixed {
  /** The node, for people. */
  readonly node: string;
  readonly reason: string;
}

/** A node on the way of samples, before it is opened. */
export interface Site extends Flow {
  /** Where the samples of a value lie; null: it has none. */
  readonly samplesOf: (value: string) => BatchAxis | null;
  readonly fresh: (wanted: string) => string;
}

export const stays = ({ view, node }: Site, reason: string): StaysFixed => ({
  node: view.label(node),
  reason,
});

/** A node that holds a list of integers: in files of old versions an initializer would have to be an input as well. */
export function intConstant(name: string, values: readonly number[]): NodeProto {
  const t = makeTensor(`${name}_value`, [values.length], BigInt64Array.from(values, BigInt));
  return create('NodeProto', {
    opType: 'Constant',
    name,
    output: [name],
    attribute: [create('AttributeProto', { name: 'value', type: 4, t })],
  });
}
