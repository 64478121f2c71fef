import { type Canvas, joined, type Run } from './braille.ts';

/** How wide numbers are at the left of a drawing, the axis included. */
export const GUTTER = 7;

const plain = (text: string): Run => ({ text, series: null });

/** A drawing with its axes: numbers at the left by the row they stand at, angles below. */
export function framed(
  canvas: Canvas,
  title: string,
  numbers: ReadonlyMap<number, string>,
  degrees: readonly number[],
): Run[][] {
  const columns = canvas.width / 2;
  const body = canvas.lines().map((runs, row) => {
    const number = numbers.get(row);
    return joined([
      plain(`${(number ?? '').padStart(GUTTER - 2)} ${number === undefined ? '│' : '┤'}`),
      ...runs,
    ]);
  });
  return [
    [plain(' '.repeat(GUTTER) + title)],
    ...body,
    [plain(`${' '.repeat(GUTTER - 1)}└${ruler(columns, degrees, '┬', '─')}`)],
    [plain(' '.repeat(GUTTER) + anglesBelow(columns, degrees))],
  ];
}

/** The column of an angle. */
const columnOf = (columns: number, degrees: number) =>
  Math.min(columns - 1, Math.floor((degrees / 180) * columns));

function ruler(columns: number, degrees: readonly number[], tick: string, rest: string): string {
  const ticks = new Set(degrees.map((each) => columnOf(columns, each)));
  return Array.from({ length: columns }, (_, column) => (ticks.has(column) ? tick : rest)).join('');
}

function anglesBelow(columns: number, degrees: readonly number[]): string {
  return degrees.reduce((line, each) => {
    const text = `${each}°`;
    // The last one ends with the axis.
    return line.padEnd(Math.min(columnOf(columns, each), columns - text.length)) + text;
  }, '');
}

/** Drawings side by side. */
export function beside(left: readonly Run[][], right: readonly Run[][]): Run[][] {
  const widthOf = (runs: readonly Run[]) => runs.reduce((sum, { text }) => sum + [...text].length, 0);
  const wide = Math.max(0, ...left.map(widthOf)) + 3;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const runs = left[i] ?? [];
    return joined([...runs, plain(' '.repeat(wide - widthOf(runs))), ...(right[i] ?? [])]);
  });
}
