import { axisAt } from '../axes.ts';
import { operator } from '../operator.ts';
import { placed, placedBy } from '../placed.ts';
import { END } from '../words.ts';

/** Slices at stored places, such as that of the class token; a table that is looked up in by what is fed stays frozen. */
export const gather = operator(
  'dX = dY in its places, 0 elsewhere',
  (s) => {
    const [x, indices] = [s.input(0), s.input(1)];
    const shape = s.shape(x);
    const axis = axisAt(s, 0, shape.length);
    const stored = s.held(indices);
    const [first] = stored ?? [];
    if (stored === null || first === undefined) return s.refuse('takes slices at places that are computed');
    const rank = s.shape(indices).length;
    const size = shape[axis] ?? null;
    if (rank === 0) {
      const end = first === -1 ? END : first + 1;
      return [placed(s, s.unsqueeze(s.up(), [axis]), x, size, { axis, start: first, end, step: 1 })];
    }
    if (rank > 1 || typeof size !== 'number')
      return s.refuse('takes slices by a table, or of an unknown size');
    const places = stored.map((index) => (index < 0 ? index + size : index));
    return [placedBy(s, s.up(), axis, places, size)];
  },
  { except: 'computed indices; a list of them along an axis of unknown size' },
);
