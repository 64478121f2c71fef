import type { Shape } from '../graph/value-info.ts';
import type { Words } from './words.ts';

/*
 * Shapes from what is known of them, where that is enough: WebGPU keeps images with their channels last, and reads the
 * shape of one that it has turned on the CPU.
 */

/** The elements of `a` in the shape of `like`, of which one size at most is not known. */
export function shapedAs(words: Words, a: string, like: string, shape: Shape | null): string {
  const sizes = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1));
  const open = sizes.filter((size) => size === -1).length;
  return shape === null || open > 1 || sizes.includes(0) ? words.shapedAs(a, like) : words.reshape(a, sizes);
}

/** `a` stretched to the shape of `like` along some axes. */
export function stretched(
  words: Words,
  a: string,
  like: string,
  { shape, axes }: { readonly shape: Shape; readonly axes: readonly number[] },
): string {
  const sizes = shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const known = sizes.filter((size) => typeof size === 'number');
  return known.length < sizes.length || words.opset < 8
    ? words.stretched(a, like)
    : words.write('Expand', [a, words.ints(known)]);
}
