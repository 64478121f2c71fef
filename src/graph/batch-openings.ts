import { withFields } from '../model/codec.ts';
import type { NodeProto } from '../model/proto.ts';
import { intAttribute } from './attributes.ts';
import { landing } from './batch-axis.ts';
import { intConstant, type Site, type StaysFixed, stays } from './batch-site.ts';
import { givenInts, storedInts } from './constants.ts';
import { axisOf } from './dims.ts';
import { withOneForEach } from './one-for-each.ts';

/** How a node that has the size of the batch written into it is written without; null: it has not. */
type Opening = (site: Site) => readonly NodeProto[] | StaysFixed | null;

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
    return [intConstant(shape, opened), withFields(node, { input: [data, shape, ...node.input.slice(2)] })];
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
    return [intConstant(shape, sizes.with(axis, 1)), withFields(node, { input: [data, shape] })];
  },

  /** What is put beside each sample, such as the token of a class, is there once and becomes one for each. */
  Concat(site) {
    const { node, shapes, samplesOf } = site;
    const carrier = node.input.find((value) => samplesOf(value) !== null);
    const at = samplesOf(carrier ?? '');
    if (carrier === undefined || at === null) return null;
    const rank = shapes(carrier).shape?.length;
    if (rank === undefined) return stays(site, 'puts something beside samples, whose shape is not known');
    const others = node.input.filter((value) => samplesOf(value) === null);
    if (axisOf(intAttribute(node, 'axis', 0), rank) === at.axis) return null;
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

/** States that samples begin with are there once, and become one for each. */
function withStates(site: Site, inputs: readonly number[]): readonly NodeProto[] | StaysFixed | null {
  const [carrier = ''] = site.node.input;
  const at = site.samplesOf(carrier);
  const given = inputs.flatMap((input) => site.node.input[input] || []);
  const states = given.filter((value) => site.samplesOf(value) === null);
  return at === null ? null : withOneForEach(site, states, 3, { carrier, at });
}
