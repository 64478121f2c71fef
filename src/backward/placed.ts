import { sliceSpan } from '../graph/slice.ts';
import type { Dim } from '../graph/value-info.ts';
import type { Site } from './operator.ts';
import { END } from './words.ts';

/** A piece of one axis, as Slice has it. */
export interface Piece {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** `up`, which came from a piece of `x`, in zeros of the shape of x; `size` is that of x along the axis. */
export function placed(s: Site, up: string, x: string, size: Dim, piece: Piece): string {
  const { axis, start, end, step } = piece;
  const known = typeof size === 'number' ? size : null;
  if (step !== 1) {
    if (known === null) return s.refuse(`takes every ${step}th of an axis whose size is not known`);
    const { from, count } = sliceSpan(known, start, end, step);
    const indices = Array.from({ length: count }, (_, i) => from + i * step);
    return placedBy(s, up, axis, indices, known);
  }
  const far = known !== null && end < 0 ? end + known : end;
  const before = start === 0 ? [] : [s.zeros(s.slice(x, axis, 0, start))];
  const after = far >= (known ?? END) ? [] : [s.zeros(s.slice(x, axis, end, END))];
  return s.concat([...before, up, ...after], axis);
}

/** `up`, whose slices along an axis came from places in `indices`, in zeros of that size there; equal places add up. */
export function placedBy(
  s: Site,
  up: string,
  axis: number,
  indices: readonly number[],
  size: number,
): string {
  const source = s.concat([up, s.zeros(s.slice(up, axis, 0, 1))], axis);
  const layers = turns(indices).map((turn) => {
    const from = Array.from({ length: size }, (_, place) => turn.get(place) ?? indices.length);
    return s.write('Gather', [source, s.ints(from)], { axis });
  });
  return layers.reduce(s.add);
}

/** Which slice goes to each place; an index that occurs twice needs a second turn. */
function turns(indices: readonly number[]): Map<number, number>[] {
  const all: Map<number, number>[] = [];
  for (const [slice, place] of indices.entries()) {
    const free = all.find((turn) => !turn.has(place));
    if (free === undefined) all.push(new Map([[place, slice]]));
    else free.set(place, slice);
  }
  return all;
}
