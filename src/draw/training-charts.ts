import { lineY } from '@observablehq/plot';
import { type Caption, chart, type Svg } from './chart.ts';
import type { Size } from './line-chart.ts';
import { dashOf, strokeOf, type Theme } from './theme.ts';

const MARGINS = { marginLeft: 46, marginRight: 22, marginTop: 26, marginBottom: 36 };

/** A line of a chart: pairs of x and y, in a colour of its own. */
export interface Series {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly series: number;
}

/** Losses below this are drawn at it: the scale is logarithmic. */
const LEAST_LOSS = 1e-6;

/** Losses over epochs. */
export function lossChart(lines: readonly Series[], size: Size, theme: Theme, caption: Caption): Svg {
  const shown = lines.map(({ points, series }) => ({
    series,
    points: points.map(({ x, y }) => ({ x, y: Math.max(y, LEAST_LOSS) })),
  }));
  const steps = stepsAround(shown);
  return chart(
    {
      ...size,
      ...MARGINS,
      x: { label: 'epoch', labelAnchor: 'right', labelArrow: 'none', tickFormat: 'd', ticks: epochs(shown) },
      y: {
        type: 'log',
        domain: [steps[0], steps.at(-1)],
        label: 'loss',
        labelArrow: 'none',
        grid: true,
        ticks: steps.length > MOST_STEPS ? steps.filter(isDecade) : steps,
        tickFormat: short,
      },
      marks: drawn(shown, 'linear', theme),
    },
    theme,
    caption,
  );
}

/** A false alarm of none cannot be drawn on a logarithmic scale: curves begin here. */
export const LEAST_FAR = 1e-4;

/** Accepted genuine pairs over accepted impostors. The dotted line is where both errors are equal. */
export function rocChart(
  curves: readonly Series[],
  least: number,
  size: Size,
  theme: Theme,
  caption: Caption,
): Svg {
  const from = Math.max(least, LEAST_FAR);
  const shown = curves.map(({ points, series }) => ({ series, points: steps(points, from) }));
  const lowest = Math.min(...shown.flatMap(({ points }) => points.map(({ y }) => y)));
  const bottom = Math.floor(lowest * 20) / 20;
  const equal = Array.from({ length: 60 }, (_, i) => from ** (1 - i / 59)).map((x) => ({ x, y: 1 - x }));
  return chart(
    {
      ...size,
      ...MARGINS,
      x: {
        type: 'log',
        domain: [from, 1],
        label: 'false accept',
        labelAnchor: 'right',
        labelArrow: 'none',
        tickFormat: short,
      },
      y: {
        domain: [Math.min(bottom, 0.95), 1],
        label: 'true accept',
        labelArrow: 'none',
        grid: true,
        ticks: 5,
      },
      marks: [
        lineY(
          equal.filter(({ y }) => y >= Math.min(bottom, 0.95)),
          {
            x: 'x',
            y: 'y',
            stroke: theme.ink,
            strokeOpacity: 0.5,
            strokeDasharray: '2 3',
            strokeWidth: 1,
          },
        ),
        ...drawn(shown, 'step-after', theme),
      ],
    },
    theme,
    caption,
  );
}

/** With more steps than these powers of ten alone are told. */
const MOST_STEPS = 7;

/** The steps 1, 2, 5, 10 … around all values: from the last that none is below to the first that none is above. */
function stepsAround(lines: readonly Series[]): number[] {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most)) + 1];
  const steps = Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap((power) =>
    // Written and read again: 10 ** -3 · 2 is not 0.002.
    [1, 2, 5].map((digit) => Number(`${digit}e${power}`)),
  );
  const [first, last] = [steps.findLastIndex((y) => y <= least), steps.findIndex((y) => y >= most)];
  return steps.slice(Math.max(first, 0), Math.max(last, first + 1) + 1);
}

const isDecade = (value: number) => /^1(e|0*$)|^0\.0*1$/.test(String(value));

const short = (value: number) =>
  value < 1e-3 ? value.toExponential(0) : String(Number(value.toPrecision(1)));

/** Whole epochs, even steps apart: a part of one has no name. */
function epochs(lines: readonly Series[]): number[] {
  const all = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const [from, to] = [Math.min(...all), Math.max(...all)];
  const step = Math.max(1, Math.ceil((to - from) / 6));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** A curve as it steps, from the least false alarm that is drawn. */
function steps(points: Series['points'], from: number): { x: number; y: number }[] {
  const before = points.filter(({ x }) => x <= from).at(-1)?.y ?? 0;
  const inside = points.filter(({ x }) => x > from);
  return [{ x: from, y: before }, ...inside, { x: 1, y: 1 }];
}

function drawn(lines: readonly Series[], curve: 'linear' | 'step-after', theme: Theme) {
  return lines.map(({ points, series }) =>
    lineY([...points], {
      x: 'x',
      y: 'y',
      stroke: strokeOf(theme, series),
      strokeDasharray: dashOf(series),
      strokeWidth: 2,
      curve,
    }),
  );
}
