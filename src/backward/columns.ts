import type { Site } from './operator.ts';
import { landing, type Sliding } from './windows.ts';

/*
 * Windows laid side by side: [N, C, H, W] → [N, C, taps, places], and back. All of it moves numbers and computes none, so
 * that what is compared stays exact.
 */

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Windows that touch and leave nothing out: a reshape will do. */
const tiles = (axes: readonly Sliding[]) =>
  axes.every(
    ({ size, places, kernel, stride, dilation, before }) =>
      before === 0 && dilation === 1 && stride === kernel && places * stride === size,
  );

/** Taps first, places behind: [N, C, t…, p…]; each axis comes as (tap, place), tiles as (place, tap). */
function order(axes: readonly Sliding[], tapAt: 0 | 1): number[] {
  const taps = axes.map((_, axis) => 2 + 2 * axis + tapAt);
  return [0, 1, ...taps, ...taps.map((axis) => axis + 1 - 2 * tapAt)];
}

/** x [N, C, …] as [N, C, taps, places]. In the padding stand other elements of x: see `inside`. */
export function unfolded(s: Site, x: string, axes: readonly Sliding[]): string {
  const taps = axes.reduce((count, { kernel }) => count * kernel, 1);
  const flat = (value: string) => s.reshape(value, [0, 0, taps, -1]);
  if (tiles(axes)) {
    const split = s.reshape(x, [0, 0, ...axes.flatMap(({ places, kernel }) => [places, kernel])]);
    return flat(s.transpose(split, order(axes, 1)));
  }
  const spread = axes.reduce((value, axis, index) => {
    const from = range(axis.kernel).flatMap((tap) =>
      range(axis.places).map((place) => landing(axis, place, tap) ?? 0),
    );
    return s.write('Gather', [value, s.ints(from)], { axis: 2 + index });
  }, x);
  const split = s.reshape(spread, [0, 0, ...axes.flatMap(({ places, kernel }) => [kernel, places])]);
  return flat(s.transpose(split, order(axes, 0)));
}

/** What lies in the image and not in the padding: 1 or 0 for each of [taps, places]; null where all does. */
export function inside(axes: readonly Sliding[]): { data: number[]; shape: number[] } | null {
  const [first, second] = axes.map((axis) =>
    range(axis.kernel).map((tap) =>
      range(axis.places).map((place) => Number(landing(axis, place, tap) !== null)),
    ),
  );
  const rows = (first ?? []).flatMap((row) =>
    second === undefined ? [row] : second.map((other) => row.flatMap((a) => other.map((b) => a * b))),
  );
  const data = rows.flat();
  return data.every((each) => each === 1) ? null : { data, shape: [rows.length, rows[0]?.length ?? 0] };
}

/** What flows to [N, C, taps, places], summed where it came from: [N, C, …]. */
export function folded(s: Site, columns: string, axes: readonly Sliding[]): string {
  const [taps, places] = [axes.map(({ kernel }) => kernel), axes.map((axis) => axis.places)];
  const split = s.reshape(columns, [0, 0, ...taps, ...places]);
  const count = axes.length;
  const inTiles = tiles(axes);
  const perm = range(count).flatMap((axis) =>
    inTiles ? [2 + count + axis, 2 + axis] : [2 + axis, 2 + count + axis],
  );
  const paired = s.transpose(split, [0, 1, ...perm]);
  if (inTiles) return s.reshape(paired, [0, 0, ...axes.map(({ size }) => size)]);
  const spread = s.reshape(paired, [0, 0, ...axes.map(({ kernel, places }) => kernel * places)]);
  return contracted(
    s,
    spread,
    axes.map((axis) => ({
      rows: axis.kernel * axis.places,
      columns: axis.size,
      at: (row, column) => Number(landing(axis, row % axis.places, Math.floor(row / axis.places)) === column),
    })),
  );
}

/** A matrix for one axis. */
export interface AxisMatrix {
  readonly rows: number;
  readonly columns: number;
  at(row: number, column: number): number;
}

/** Each of the last axes of `value` exchanged for the columns of its matrix: Mᵀ·value·M′ for two. */
export function contracted(s: Site, value: string, matrices: readonly AxisMatrix[]): string {
  const [first, second] = matrices;
  const last = second ?? first;
  if (first === undefined || last === undefined) return value;
  const right = s.matmul(value, matrixOf(s, last, false));
  return second === undefined ? right : s.matmul(matrixOf(s, first, true), right);
}

function matrixOf(s: Site, { rows, columns, at }: AxisMatrix, transposed: boolean): string {
  const [height, width] = transposed ? [columns, rows] : [rows, columns];
  const data = Float64Array.from({ length: height * width }, (_, i) => {
    const [a, b] = [Math.floor(i / width), i % width];
    return transposed ? at(b, a) : at(a, b);
  });
  return s.constant(data, [height, width]);
}
