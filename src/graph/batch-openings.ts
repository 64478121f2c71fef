import { create, withFields } from '../model/codec.ts';
import type { NodeProto } from '../model/proto.ts';
import { makeTensor } from '../model/tensors.ts';
import { intAttribute } from './attributes.ts';
import { type BatchAxis, type Flow, landing } from './batch-axis.ts';
import { givenInts, storedInts } from './constants.ts';

/** What keeps a batch from being opened. */
export interface StaysFixed {
  /** The node, for people. */
  readonly node: string;
  readonly reason: string;
}

/** How a node that has the size of the batch written into it is written without; null: it has not. */
export type Opening = (site: Site) => readonly NodeProto[] | StaysFixed | null;

export interface Site extends Flow {
  /** Where the samples of a value lie; null: it has none. */
  readonly samplesOf: (value: string) => BatchAxis | null;
  readonly fresh: (wanted: string) => string;
}

const OPENINGS: Readonly<Record<string, Opening>> = {
  /** The axis of samples takes what is left; another that did so has its size by now, or theirs is taken from before. */
  Reshape(site) {
    const { view, node, shapes, samplesOf } = site;
    const [data = '', target = ''] = node.input;
    const at = samplesOf(data);
    const sizes = storedInts(view, target);
    // A shape that is computed follows the batch by itself.
    if (at === null || sizes === null) return null;
    const made = shapes(node.output[0] ?? '').shape;
    const place = landing(site, at, made);
    if (place === null) return stays(site, 'makes a shape in which samples have no place');
    const { axis } = place;
    const follows = sizes[axis] === -1 || (sizes[axis] === 0 && axis === at.axis);
    if (follows) return null;
    const known = sizes.map((each, i) => (each > 0 ? each : (made?.[i] ?? each)));
    const left = known.filter((each, i) => i !== axis && each === -1).length;
    if (known.some((each) => typeof each === 'string') || (left > 0 && (axis !== at.axis || at.outer > 1)))
      return stays(site, 'makes a shape of which not all sizes are known');
    const opened = known.map((each, i) => (i === axis ? (left > 0 ? 0 : -1) : Number(each)));
    const shape = site.fresh(`${node.output[0]}_shape`);
    return [constant(shape, opened), withFields(node, { input: [data, shape, ...node.input.slice(2)] })];
  },

  /** To broadcast to an axis of 1 leaves it as it is. */
  Expand(site) {
    const { view, node, size, shapes, samplesOf } = site;
    const [data = '', target = ''] = node.input;
    const [at, sizes] = [samplesOf(data), storedInts(view, target)];
    if (at === null || sizes === null || size === 1) return null;
    const axis = at.axis + sizes.length - (shapes(data).shape?.length ?? sizes.length);
    if (sizes[axis] !== size) return null;
    const shape = site.fresh(`${node.output[0]}_shape`);
    return [constant(shape, sizes.with(axis, 1)), withFields(node, { input: [data, shape] })];
  },

  /** What is put beside each sample, such as the token of a class, is there once and becomes one for each. */
  Concat(site) {
    const { node, shapes, samplesOf } = site;
    const carrier = node.input.find((value) => samplesOf(value) !== null);
    const at = samplesOf(carrier ?? '');
    if (carrier === undefined || at === null) return null;
    const rank = shapes(carrier).shape?.length;
    if (rank === undefined) return stays(site, 'puts something beside samples, whose shape is not known');
    const axis = intAttribute(node, 'axis', 0);
    const others = node.input.filter((value) => samplesOf(value) === null);
    if ((axis < 0 ? axis + rank : axis) === at.axis) return null;
    return withOneForEach(site, others, rank, { carrier, at });
  },

  LSTM: (site) => withStates(site, [5, 6]),
  GRU: (site) => withStates(site, [5]),
  RNN: (site) => withStates(site, [5]),

  /** The axis of the batch is no longer one of size 1. */
  Squeeze(site) {
    const { view, node, shapes, samplesOf } = site;
    const [data = ''] = node.input;
    const at = samplesOf(data);
    const axes = givenInts(view, node, 'axes', 1);
    if (at === null || axes === 'computed') return null;
    const shape = shapes(data).shape;
    const gone = axes === 'absent' ? (shape?.flatMap((dim, axis) => (dim === 1 ? [axis] : [])) ?? []) : axes;
    const isGone = gone.includes(at.axis) || (shape !== null && gone.includes(at.axis - shape.length));
    return isGone ? stays(site, 'takes the axis of the samples away') : null;
  },
};

/** How nodes are opened, by their operators. All others take any number of samples as they are. */
export const BATCH_OPENINGS: ReadonlyMap<string, Opening> = new Map(Object.entries(OPENINGS));

const stays = ({ view, node }: Site, reason: string): StaysFixed => ({ node: view.label(node), reason });

/** States that samples begin with are there once, and become one for each. */
function withStates(site: Site, inputs: readonly number[]): readonly NodeProto[] | StaysFixed | null {
  const [carrier = ''] = site.node.input;
  const at = site.samplesOf(carrier);
  const given = inputs.flatMap((input) => site.node.input[input] || []);
  const states = given.filter((value) => site.samplesOf(value) === null);
  return at === null ? null : withOneForEach(site, states, 3, { carrier, at });
}

/** Where samples lie in a value. */
interface Carrier {
  readonly carrier: string;
  readonly at: BatchAxis;
}

/** The node with one of each of these inputs for each sample; null where there are none. */
function withOneForEach(
  site: Site,
  values: readonly string[],
  rank: number,
  where: Carrier,
): readonly NodeProto[] | StaysFixed | null {
  if (values.length === 0) return null;
  const each = new Map<string, EachSample>();
  for (const value of values) {
    const single = singleOf(site, value, where.at.axis);
    if (single === null)
      return stays(site, `reads "${value}", of which there is one for each of some samples`);
    each.set(value, forEachSample(site, value, single, { rank, ...where }));
  }
  const input = site.node.input.map((value) => each.get(value)?.made ?? value);
  return [...[...each.values()].flatMap(({ nodes }) => nodes), withFields(site.node, { input })];
}

/** What has no more than one of a value for all samples: itself, or what it was made of; null where there is no such thing. */
function singleOf({ view, shapes }: Site, value: string, axis: number): string | null {
  const shape = shapes(value).shape;
  if (shape?.[axis] === 1) return value;
  const maker = view.producer(value);
  const [source = ''] = maker?.opType === 'Expand' ? maker.input : [];
  const before = shapes(source).shape;
  if (!shape?.every((dim) => typeof dim === 'number') || before === null) return null;
  return (before.at(axis - shape.length) ?? 1) === 1 ? source : null;
}

interface EachSample {
  readonly made: string;
  readonly nodes: readonly NodeProto[];
}

/** A value with as many of what is there once as another has samples. */
function forEachSample(
  { fresh, shapes }: Site,
  value: string,
  single: string,
  { rank, carrier, at: { axis } }: Carrier & { readonly rank: number },
): EachSample {
  const name = (what: string) => fresh(`${value}_${what}`);
  const [sizes, place, count] = [name('sizes'), name('place'), name('count')];
  const [shape, made] = [name('shape'), name('each')];
  // To broadcast to 1 leaves a size as it is.
  const full = Array.from({ length: rank }, (_, i) => Number(shapes(value).shape?.[i] ?? 1) || 1);
  const rest = (where: string, part: readonly number[]) =>
    part.length === 0 ? [] : [constant(name(where), part)];
  const [before, behind] = [rest('before', full.slice(0, axis)), rest('behind', full.slice(axis + 1))];
  const node = (opType: string, input: readonly string[], output: string, along?: number) =>
    create('NodeProto', {
      opType,
      name: output,
      input,
      output: [output],
      attribute: along === undefined ? [] : [create('AttributeProto', { name: 'axis', type: 2, i: along })],
    });
  const parts = [...before.flatMap(({ output }) => output), count, ...behind.flatMap(({ output }) => output)];
  return {
    made,
    nodes: [
      node('Shape', [carrier], sizes),
      constant(place, [axis]),
      node('Gather', [sizes, place], count, 0),
      ...before,
      ...behind,
      node('Concat', parts, shape, 0),
      node('Expand', [single, shape], made),
    ],
  };
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
