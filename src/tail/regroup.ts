import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { givenInts } from '../graph/constants.ts';
import { axisOf } from '../graph/dims.ts';
import { printShape } from '../graph/print-values.ts';
import type { Cursor } from './cursor.ts';
import type { Scores } from './pass.ts';
import { unflattened } from './unflatten.ts';

/* Flatten, Reshape, Squeeze, Unsqueeze and Transpose on the way: they may add and drop axes of size 1, never touch the classes. */

const ones = (dims: Scores['shape']) => dims.every((dim) => dim === 1);

/** Flatten joins the axes before `axis` and those from there on; the classes must stay alone. */
export function flattened(scores: Scores, at: Cursor): Scores {
  const { shape, axis } = scores;
  const from = axisOf(intAttribute(at.node, 'axis', 1), shape.length);
  const alone = from >= 0 && from <= axis && ones(shape.slice(from, axis)) && ones(shape.slice(axis + 1));
  if (!alone) at.refuse(`flattens ${printShape(shape)} from axis ${from}: classes and other axes become one`);
  return {
    ...scores,
    shape: [shape.slice(0, from).length === 1 ? (shape[0] ?? null) : null, scores.classes],
    axis: 1,
  };
}

/** The last axis that is not 1 must be the classes, before and after. Sizes that vary are taken for samples. */
export function reshaped(scores: Scores, at: Cursor): Scores {
  const { shape, axis, classes } = scores;
  const target = at.shapes(at.node.output[0] ?? '').shape;
  if (target === null) return at.refuse('gives a shape that is not known');
  const last = target.findLastIndex((dim) => dim !== 1);
  const size = target[last] ?? null;
  const open = size === null && axis <= 1;
  if (!ones(shape.slice(axis + 1)) || (size !== classes && !open)) {
    at.refuse(
      `turns ${printShape(shape)} into ${printShape(target)}: the ${classes} classes are no axis of it`,
    );
  }
  const raw = scores.activation === 'none' && last === target.length - 1;
  return {
    ...scores,
    shape: target.map((dim, each) => (each === last ? classes : dim)),
    axis: last,
    linear: raw ? unflattened(scores.linear, at, target) : scores.linear,
  };
}

/** Squeeze drops axes of size 1: those named, else all. */
export function squeezed(scores: Scores, at: Cursor): Scores {
  const { shape, axis } = scores;
  const given = givenInts(at.view, at.node, 'axes', 1);
  if (given === 'computed') return at.refuse('squeezes axes that are computed at run time');
  const named = given === 'absent' ? null : new Set(given.map((each) => axisOf(each, shape.length)));
  const dropped = (each: number) => (named ? named.has(each) : shape[each] === 1);
  if (dropped(axis)) at.refuse('squeezes the axis of the classes');
  const kept = [...shape.keys()].filter((each) => !dropped(each));
  return { ...scores, shape: kept.map((each) => shape[each] ?? null), axis: kept.indexOf(axis) };
}

/** Unsqueeze adds axes of size 1. */
export function unsqueezed(scores: Scores, at: Cursor): Scores {
  const { shape, axis } = scores;
  const given = givenInts(at.view, at.node, 'axes', 1);
  if (typeof given === 'string') return at.refuse('adds axes that are not known');
  const rank = shape.length + given.length;
  const added = new Set(given.map((each) => axisOf(each, rank)));
  const kept = Array.from({ length: rank }, (_, each) => each).filter((each) => !added.has(each));
  return {
    ...scores,
    shape: Array.from({ length: rank }, (_, each) =>
      added.has(each) ? 1 : (shape[kept.indexOf(each)] ?? null),
    ),
    axis: kept[axis] ?? axis,
  };
}

/** Transpose moves axes, that of the classes too: softmax over another axis than the last, below opset 13. */
export function transposed(scores: Scores, { node }: Cursor): Scores {
  const { shape, axis } = scores;
  const perm = intsAttribute(node, 'perm') ?? [...shape.keys()].reverse();
  return { ...scores, shape: perm.map((each) => shape[each] ?? null), axis: perm.indexOf(axis) };
}
