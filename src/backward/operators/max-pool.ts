import { folded, inside, unfolded } from '../columns.ts';
import { operator, type Site } from '../operator.ts';
import { slidings } from '../windows.ts';

/** Further below any number than float32 is fine. */
const FAR_BELOW = -(2 ** 126);

/** The largest of each window; of equals the first, as PyTorch has it. */
export const maxPool = operator(
  'dX = dY where x is the first largest of its window, else 0',
  (s) => {
    const axes = slidings(s, null);
    const taps = axes.reduce((count, { kernel }) => count * kernel, 1);
    const columns = unfolded(s, s.input(0), axes);
    const image = inside(axes);
    const held =
      image === null
        ? columns
        : s.add(
            columns,
            s.constant(
              image.data.map((each) => (each === 1 ? 0 : FAR_BELOW)),
              image.shape,
            ),
          );
    const up = s.reshape(s.up(), [0, 0, 1, -1]);
    return [folded(s, toFirst(s, held, up, taps), axes)];
  },
  { except: 'an image size that is not fixed; three axes' },
);

/** `up` [N, C, 1, places] where `columns` [N, C, taps, places] has the first of the largest of its taps, else 0. */
export function toFirst(s: Site, columns: string, up: string, taps: number): string {
  const largest = s.atMost(s.most(columns, [2]), columns);
  // How many taps before it are as large.
  const before = s.constant(
    Array.from({ length: taps * taps }, (_, i) => Number(i % taps < Math.floor(i / taps))),
    [taps, taps],
  );
  const first = s.mul(largest, s.less(s.matmul(before, largest), s.number(0.5)));
  return s.mul(up, first);
}
