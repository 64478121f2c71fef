import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { givenInts } from '../graph/constants.ts';
import { axisOf } from '../graph/dims.ts';
import type { Site } from './operator.ts';

/** All axes of a rank, from `from` on. */
export function axesFrom(from: number, rank: number): number[] {
  return Array.from({ length: Math.max(rank - from, 0) }, (_, i) => from + i);
}

/** The axis attribute, counted from the front. */
export function axisAt(s: Site, absent: number, rank: number): number {
  return axisOf(intAttribute(s.node, 'axis', absent), rank);
}

/** The axes that a reduction goes over, counted from the front. */
export function reducedAxes(s: Site): number[] {
  const rank = s.shape(s.input(0)).length;
  const given = givenInts(s.view, s.node, 'axes', 1);
  if (given === 'computed') return s.refuse('reduces over axes that are computed at run time');
  if (given !== 'absent') return given.map((axis) => axisOf(axis, rank));
  return intAttribute(s.node, 'noop_with_empty_axes', 0) === 1 ? [] : axesFrom(0, rank);
}

/** What flows to a reduction, with the axes that it dropped back as 1. */
export function keptAxes(s: Site, axes: readonly number[], up = s.up()): string {
  return intAttribute(s.node, 'keepdims', 1) === 1
    ? up
    : s.unsqueeze(
        up,
        axes.toSorted((a, b) => a - b),
      );
}

/** Where axis i of the result of a Transpose comes from. */
export function permutation(s: Site): readonly number[] {
  const rank = s.shape(s.input(0)).length;
  return intsAttribute(s.node, 'perm') ?? axesFrom(0, rank).reverse();
}

/** The number of elements along axes, as a float: a constant where the sizes are known. */
export function countAlong(s: Site, axes: readonly number[]): string {
  const shape = s.shape(s.input(0));
  const sizes = axes.map((axis) => shape[axis] ?? null);
  if (sizes.every((size) => typeof size === 'number')) {
    return s.number(sizes.reduce((count, size) => count * size, 1));
  }
  const picked = s.write('Gather', [s.write('Shape', [s.input(0)]), s.ints(axes)], { axis: 0 });
  const float = s.write('Cast', [picked], { to: 1 });
  return s.write('ReduceProd', [float], { keepdims: 0 });
}
