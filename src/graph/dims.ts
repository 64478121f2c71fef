import type { Dim, Shape } from './value-info.ts';

/** A shape of that rank of which nothing else is known. */
export function ofRank(rank: number): Shape {
  return new Array<Dim>(rank).fill(null);
}

/** Ranks above this are damage or malice: no runtime takes them, and a few nodes could raise one without end. */
const MOST_RANK = 64;

/** A shape of which nothing is known but its rank, which is the length of a list of sizes. */
export function ofLength(length: Dim): Shape | null {
  const usable = typeof length === 'number' && length >= 0 && length <= MOST_RANK;
  return usable ? ofRank(length) : null;
}

/** What can be true of a shape: sizes that are none count as unknown, and so does a shape beyond any use. */
export function plausible(shape: Shape | null): Shape | null {
  if (shape === null || shape.length > MOST_RANK) return null;
  const possible = (dim: Dim) => typeof dim !== 'number' || (Number.isSafeInteger(dim) && dim >= 0);
  return shape.map((dim) => (possible(dim) ? dim : null));
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The number of elements in dimensions, as far as it can be written down: 1 · N is N, 2 · N is not known. */
export function product(dims: Shape): Dim {
  const open = dims.filter((dim) => typeof dim !== 'number');
  const known = dims.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 1);
  if (open.length === 0) return known;
  return open.length === 1 && known === 1 ? (open[0] ?? null) : null;
}

/** NumPy's broadcasting; a dimension that might stretch is not known. */
export function broadcast(shapes: readonly (Shape | null)[]): Shape | null {
  const known = shapes.filter((shape) => shape !== null);
  if (known.length < shapes.length) return null;
  const rank = known.reduce((most, shape) => Math.max(most, shape.length), 0);
  return Array.from({ length: rank }, (_, axis) => {
    const dims = known
      .map((shape) => (axis < rank - shape.length ? 1 : (shape[axis - rank + shape.length] ?? null)))
      .filter((dim) => dim !== 1);
    const size = dims.find((dim) => typeof dim === 'number');
    if (size !== undefined || dims.length === 0) return size ?? 1;
    return dims.every((dim) => dim === dims[0]) ? (dims[0] ?? null) : null;
  });
}

/** What Reshape makes of a shape: 0 copies a dimension (not with `allowZero`), -1 takes what is left. */
export function reshaped(from: Shape | null, target: Shape, allowZero: boolean): Shape {
  const copied = (axis: number) => target[axis] === 0 && !allowZero;
  const explicit = target.map((size, axis): Dim => (copied(axis) ? (from?.[axis] ?? null) : size));
  if (from === null) return explicit.map((size) => (size === -1 ? null : size));
  const others = target.filter((size, axis) => size !== -1 && !copied(axis));
  const rest = from.filter((_, axis) => !copied(axis));
  return explicit.map((size) => (size === -1 ? quotient(rest, others) : size));
}

/** The size that is left of `dims` besides `others`: sizes of one name are one size. */
function quotient(dims: Shape, others: Shape): Dim {
  const open = dims.filter((dim) => typeof dim !== 'number');
  for (const dim of others) {
    if (typeof dim === 'number') continue;
    const place = dim === null ? -1 : open.indexOf(dim);
    if (place < 0) return null;
    open.splice(place, 1);
  }
  const number = (sizes: Shape) => Number(product(sizes.filter((dim) => typeof dim === 'number')));
  const [known, divisor] = [number(dims), number(others)];
  if (open.length === 0) return known % divisor === 0 ? known / divisor : null;
  return open.length === 1 && known === divisor ? (open[0] ?? null) : null;
}
