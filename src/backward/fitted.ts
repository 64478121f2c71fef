import type { Dim, Shape } from '../graph/value-info.ts';
import type { Words } from './words.ts';

/**
 * Sums `a` over what broadcasting had stretched. Where two sizes that are not known meet they are taken for equal, as they
 * are but for odd models; `shapedAs` then fails at run time, loudly, where one of them was stretched.
 */
export function fitted(words: Words, a: string, from: Shape, like: string, to: Shape): string {
  const extra = from.length - to.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const folded = words.sum(a, leading, false);
  const axes = to.flatMap((dim, axis) => (dim === 1 && from[axis + extra] !== 1 ? [axis] : []));
  const summed = words.sum(folded, axes);
  const certain = to.every((dim, axis) => dim === 1 || same(dim, from[axis + extra] ?? null));
  return certain ? summed : words.shapedAs(summed, like);
}

const same = (a: Dim, b: Dim) => a !== null && a === b;
