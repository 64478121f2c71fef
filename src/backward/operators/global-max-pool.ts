import { operator } from '../operator.ts';
import { toFirst } from './max-pool.ts';

/** The largest of each channel; of equals the first. */
export const globalMaxPool = operator(
  'dX = dY where x is the first largest, else 0',
  (s) => {
    const x = s.input(0);
    const sizes = s.shape(x).slice(2);
    const count = sizes.reduce<number | null>(
      (total, size) => (total === null || typeof size !== 'number' ? null : total * size),
      1,
    );
    if (count === null)
      return s.refuse('pools sizes that are not known: the image size must be fixed in the model');
    const columns = s.reshape(x, [0, 0, count, 1]);
    return [s.shapedAs(toFirst(s, columns, s.reshape(s.up(), [0, 0, 1, 1]), count), x)];
  },
  { except: 'an image size that is not fixed' },
);
