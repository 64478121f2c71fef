import { printShape } from '../graph/print-values.ts';
import type { Element } from '../model/elements.ts';
import type { Ground } from './ground.ts';
import { isNonNegative } from './non-negative.ts';
import type { Embedding } from './tail.ts';

/** A value that a new head can be put on. */
export interface Attachable {
  readonly embedding: Embedding;
  readonly dim: number;
  /** It is `[N, D, 1, 1]` or `[N, D, 1]`. */
  readonly spatial: boolean;
}

/** Whoever is wider is no embedding: rows for it would be larger than the file that claims the shape. */
const MOST_FEATURES = 2 ** 20;

const isFloat = (element: Element | null) => element !== null && /^b?float/.test(element);

/** What a new head must know of a value; or why it cannot have it, as the end of a sentence. */
export function attachableAt({ view, shapes, fedBy }: Ground, value: string): Attachable | string {
  if (fedBy(value) === null) return 'is constant: it does not depend on what is fed';
  const { element, shape } = shapes(value);
  if (element === null) return 'has an element type that is not known';
  if (!isFloat(element)) return `holds ${element}, no float`;
  if (shape === null) return 'has a shape that is not known';
  const rank = shape.length;
  const spatial = rank > 2 && shape.slice(2).every((dim) => dim === 1);
  const understood = rank === 2 || rank === 3 || spatial;
  if (!understood) return `has shape ${printShape(shape)}; [N, D], [N, T, D] and [N, D, 1, 1] are understood`;
  const dim = shape[spatial ? 1 : rank - 1];
  if (typeof dim !== 'number')
    return `has shape ${printShape(shape)}, which leaves open how many features there are`;
  if (dim > MOST_FEATURES)
    return `has shape ${printShape(shape)}; more than ${MOST_FEATURES} features are no embedding`;
  const embedding = { value, rank, shape, element, afterRelu: isNonNegative(view, value) };
  return { embedding, dim, spatial };
}
