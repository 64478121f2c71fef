import { create, withFields } from '../model/codec.ts';
import type { NodeProto } from '../model/proto.ts';
import { makeTensor } from '../model/tensors.ts';
import { intAttribute } from './attributes.ts';
import { givenInts, storedInts } from './constants.ts';
import type { Shapes } from './shapes.ts';
import type { GraphView } from './view.ts';

/** What keeps a batch from being opened. */
export interface StaysFixed {
  /** The node, for people. */
  readonly node: string;
  readonly reason: string;
}

/** How a node that has the size of the batch written into it is written without; null: it has not. */
export type Opening = (site: Site) => readonly NodeProto[] | StaysFixed | null;

export interface Site {
  readonly view: GraphView;
  readonly node: NodeProto;
  readonly size: number;
  readonly shapes: Shapes;
  /** Whether samples follow one another on the first axis of a value. */
  readonly carries: (value: string) => boolean;
  readonly fresh: (wanted: string) => string;
}

const OPENINGS: Readonly<Record<string, Opening>> = {
  /** The first axis takes what is left; another that did so has its size by now, or the first is taken from before. */
  Reshape(site) {
    const { view, node, size, shapes, carries } = site;
    const [data = '', target = ''] = node.input;
    const sizes = storedInts(view, target);
    const [first = 0] = sizes ?? [];
    // 0 and −1 follow the batch by themselves, and so does a shape that is computed.
    if (!carries(data) || sizes === null || first <= 0) return null;
    const made = shapes(node.output[0] ?? '').shape;
    const rest = sizes.slice(1).map((each, i) => (each === -1 ? (made?.[i + 1] ?? -1) : each));
    const known = rest.filter((each) => typeof each === 'number');
    const before = shapes(data).shape?.[0] ?? size;
    if (known.length < rest.length || (known.includes(-1) && before !== size))
      return stays(site, 'makes a shape of which not all sizes are known');
    const shape = site.fresh(`${node.output[0]}_shape`);
    const opened = constant(shape, [known.includes(-1) ? 0 : -1, ...known]);
    return [opened, withFields(node, { input: [data, shape, ...node.input.slice(2)] })];
  },

  /** To broadcast to a first axis of 1 leaves it as it is. */
  Expand(site) {
    const { view, node, size, carries } = site;
    const [data = '', target = ''] = node.input;
    const sizes = storedInts(view, target);
    if (!carries(data) || sizes === null || sizes[0] !== size || size === 1) return null;
    const shape = site.fresh(`${node.output[0]}_shape`);
    return [constant(shape, [1, ...sizes.slice(1)]), withFields(node, { input: [data, shape] })];
  },

  /** What is put beside each sample, such as the token of a class, is there once and becomes one for each. */
  Concat(site) {
    const { node, size, shapes, carries } = site;
    const carrier = node.input.find(carries);
    const others = node.input.filter((value) => !carries(value));
    if (carrier === undefined || others.length === 0 || intAttribute(node, 'axis', 0) === 0) return null;
    if (size !== 1)
      return stays(site, 'puts something beside samples of which there is one for each of them');
    const added: NodeProto[] = [];
    const each = new Map<string, string>();
    for (const value of others) {
      const rank = shapes(value).shape?.length;
      if (rank === undefined) return stays(site, `puts "${value}" beside samples, whose shape is not known`);
      const [made, nodes] = forEachSample(site, value, rank, carrier);
      each.set(value, made);
      added.push(...nodes);
    }
    return [...added, withFields(node, { input: node.input.map((value) => each.get(value) ?? value) })];
  },

  /** The axis of the batch is no longer one of size 1. */
  Squeeze(site) {
    const { view, node, shapes, carries } = site;
    const [data = ''] = node.input;
    if (!carries(data)) return null;
    const axes = givenInts(view, node, 'axes', 1);
    const shape = shapes(data).shape;
    if (axes === 'computed') return null;
    const gone = axes === 'absent' ? (shape?.flatMap((dim, axis) => (dim === 1 ? [axis] : [])) ?? [0]) : axes;
    const rank = shape?.length ?? Number.POSITIVE_INFINITY;
    return gone.includes(0) || gone.includes(-rank)
      ? stays(site, 'takes the axis of the samples away')
      : null;
  },
};

/** How nodes are opened, by their operators. All others take any number of samples as they are. */
export const BATCH_OPENINGS: ReadonlyMap<string, Opening> = new Map(Object.entries(OPENINGS));

const stays = ({ view, node }: Site, reason: string): StaysFixed => ({ node: view.label(node), reason });

/** A value `[1, …]` as `[N, …]`, with as many rows as another value has. */
function forEachSample(
  { fresh }: Site,
  value: string,
  rank: number,
  carrier: string,
): readonly [made: string, nodes: readonly NodeProto[]] {
  const name = (what: string) => fresh(`${value}_${what}`);
  const [sizes, zero, count] = [name('sizes'), name('zero'), name('count')];
  const [ones, shape, made] = [name('ones'), name('shape'), name('each')];
  const node = (opType: string, input: readonly string[], output: string, axis?: number) =>
    create('NodeProto', {
      opType,
      name: output,
      input,
      output: [output],
      attribute: axis === undefined ? [] : [create('AttributeProto', { name: 'axis', type: 2, i: axis })],
    });
  return [
    made,
    [
      node('Shape', [carrier], sizes),
      constant(zero, [0]),
      node('Gather', [sizes, zero], count, 0),
      constant(ones, new Array<number>(rank - 1).fill(1)),
      node('Concat', [count, ones], shape, 0),
      node('Expand', [value, shape], made),
    ],
  ];
}

/** A node that holds a list of integers: in files of old versions an initializer would have to be an input as well. */
function constant(name: string, values: readonly number[]): NodeProto {
  const t = makeTensor(`${name}_value`, [values.length], BigInt64Array.from(values, BigInt));
  return create('NodeProto', {
    opType: 'Constant',
    name,
    output: [name],
    attribute: [create('AttributeProto', { name: 'value', type: 4, t })],
  });
}
