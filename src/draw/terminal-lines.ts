import { type Canvas, canvasOf, type Run } from './braille.ts';
import type { Point } from './curves.ts';
import { framed } from './terminal-axes.ts';

/** The letter that marks a head's line, since not every terminal has colours. */
export const letterOf = (series: number) => String.fromCharCode(97 + series);

/** The angle in the middle of each dot of a drawing so many letters wide. */
export function dotAngles(columns: number): number[] {
  return Array.from({ length: 2 * columns }, (_, x) => ((x + 0.5) * 180) / (2 * columns));
}

/** Lines over 0° to 180°, a point a dot. */
export function lineDrawing(
  title: string,
  lines: readonly (readonly Point[])[],
  [least, most]: readonly [number, number],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Run[][] {
  const canvas = canvasOf(columns, rows);
  const heightOf = (value: number) => Math.round(((most - value) / (most - least)) * (canvas.height - 1));
  const heights = lines.map((line) => line.map(({ value }) => heightOf(value)));
  for (const [series, line] of heights.entries()) stroke(canvas, line, series);
  for (const [series, line] of heights.entries()) mark(canvas, line, series, lines.length);
  const numbers = new Map(
    ticksOf(least, most).map((value) => [heightOf(value) >> 2, String(value).replace('-', '−')]),
  );
  return framed(canvas, title, numbers, [0, 30, 60, 90, 120, 150, 180]);
}

/** A line through a height for each dot across; steep pieces are dots below each other, and what is no number is a gap. */
function stroke(canvas: Canvas, heights: readonly number[], series: number): void {
  for (const [x, y] of heights.entries()) {
    if (!Number.isFinite(y)) continue;
    const before = heights[x - 1] ?? y;
    const from = Number.isFinite(before) ? clamped(before, canvas) : y;
    const to = clamped(y, canvas);
    for (let each = Math.min(from, to) + 1; each < Math.max(from, to); each++) canvas.dot(x, each, series);
    canvas.dot(x, y, series);
  }
}

/** A height just outside of the drawing at most, so that a line that leaves it is not followed for ever. */
const clamped = (y: number, { height }: Canvas) => Math.min(height, Math.max(-1, y));

/** Letters on a line, each head's at angles of its own. */
function mark({ width, write }: Canvas, heights: readonly number[], series: number, count: number): void {
  for (let x = 8 + series * 6; x < width; x += Math.max(28, 6 * count)) {
    const y = heights[x] ?? Number.NaN;
    if (Number.isFinite(y)) write(x, y, letterOf(series), series);
  }
}

/** Round numbers of a range, four to nine of them. */
function ticksOf(least: number, most: number): number[] {
  const rough = (most - least) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.floor(most / step + 1e-9) - first + 1;
  // + 0: −0 is 0.
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(6)) + 0);
}
