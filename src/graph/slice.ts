import type { NodeProto } from '../model/proto.ts';
import { givenInts } from './constants.ts';
import { axisOf } from './dims.ts';
import type { Dim, Shape } from './value-info.ts';
import type { GraphView } from './view.ts';

/** Where a Slice starts on an axis, and how many it takes: bounds may be negative or far outside. */
export function sliceSpan(size: number, start: number, end: number, step: number) {
  const clamp = (bound: number, low: number, high: number) =>
    Math.min(Math.max(bound < 0 ? bound + size : bound, low), high);
  const [from, to] =
    step > 0
      ? [clamp(start, 0, size), clamp(end, 0, size)]
      : [clamp(start, 0, size - 1), clamp(end, -1, size - 1)];
  return { from, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** What a Slice leaves of a shape: attributes below opset 10, inputs from there on. */
export function sliced(
  view: GraphView,
  node: NodeProto,
  from: Shape,
  held: (index: number) => readonly Dim[] | null,
): Shape {
  const list = (name: string, input: number) => {
    const given = givenInts(view, node, name, input);
    return given === 'computed' ? (held(input) ?? given) : given;
  };
  const [starts, ends, axes, steps] = [list('starts', 1), list('ends', 2), list('axes', 3), list('steps', 4)];
  if (axes === 'computed') return from.map(() => null);
  const named = axes === 'absent' ? [...from.keys()] : axes.map((axis) => axisOf(Number(axis), from.length));
  return from.map((dim, axis): Dim => {
    const at = named.indexOf(axis);
    if (at < 0 || (axes === 'absent' && typeof starts !== 'string' && at >= starts.length)) return dim;
    const [start, end, step = 1] = [starts, ends, steps].map((each) =>
      typeof each === 'string' ? undefined : each[at],
    );
    const whole = [dim, start, end, step].every((each) => typeof each === 'number');
    const known = whole && steps !== 'computed' && step !== 0;
    return known ? sliceSpan(Number(dim), Number(start), Number(end), Number(step)).count : null;
  });
}
