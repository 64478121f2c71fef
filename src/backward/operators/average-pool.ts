import { intAttribute, intsAttribute } from '../../graph/attributes.ts';
import { contracted } from '../columns.ts';
import { operator, type Site } from '../operator.ts';
import { landing, type Sliding, slidings } from '../windows.ts';

/** The mean of each window. What a window sees is a product of what it sees along each axis, so two matrices do. */
export const averagePool = operator(
  'dX = Σ dY/count over the windows that hold x',
  (s) => {
    const axes = slidings(s, null);
    const padded = intAttribute(s.node, 'count_include_pad', 0) === 1;
    if (padded && intAttribute(s.node, 'ceil_mode', 0) === 1 && beyondPadding(s, axes)) {
      return s.refuse('rounds up and counts its padding, on which runtimes do not agree');
    }
    return [
      contracted(
        s,
        s.up(),
        axes.map((axis) => ({
          rows: axis.places,
          columns: axis.size,
          at: (place, column) => share(axis, place, column, padded),
        })),
      ),
    ];
  },
  { except: 'an image size that is not fixed; three axes; rounding up together with counted padding' },
);

/** What one place gives to the mean of a window. */
function share(axis: Sliding, place: number, column: number, padded: boolean): number {
  const seen = Array.from({ length: axis.kernel }, (_, tap) => landing(axis, place, tap));
  const count = padded ? axis.kernel : seen.filter((at) => at !== null).length;
  return seen.includes(column) ? 1 / count : 0;
}

/** Whether a window reaches behind the padding, as it can where places are rounded up. */
function beyondPadding(s: Site, axes: readonly Sliding[]): boolean {
  const pads = intsAttribute(s.node, 'pads') ?? [];
  return axes.some(({ overhang }, axis) => overhang > (pads[axis + axes.length] ?? 0));
}
