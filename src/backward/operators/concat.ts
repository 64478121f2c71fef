import type { Dim } from '../../graph/value-info.ts';
import { axisAt } from '../axes.ts';
import { operator } from '../operator.ts';
import { END } from '../words.ts';

/** Parts behind one another; the size of one of them may be unknown, those behind it are then counted from the end. */
export const concat = operator(
  'dXᵢ = the part of dY that came from Xᵢ',
  (s) => {
    const axis = axisAt(s, 1, s.shape(s.output()).length);
    const sizes = s.node.input.map((value) => s.shape(value)[axis] ?? null);
    return sizes.map((_, index) => {
      if (!s.wants(index)) return null;
      const start = total(sizes.slice(0, index)) ?? fromEnd(sizes.slice(index));
      const end = total(sizes.slice(0, index + 1)) ?? fromEnd(sizes.slice(index + 1));
      if (start === null || end === null) return s.refuse('joins several parts whose sizes are not known');
      return s.slice(s.up(), axis, start, end);
    });
  },
  { except: 'several parts of unknown size' },
);

function total(sizes: readonly Dim[]): number | null {
  return sizes.reduce<number | null>(
    (sum, size) => (sum === null || typeof size !== 'number' ? null : sum + size),
    0,
  );
}

/** Where these parts begin, counted from the end. */
function fromEnd(sizes: readonly Dim[]): number | null {
  const length = total(sizes);
  return length === 0 ? END : length === null ? null : -length;
}
