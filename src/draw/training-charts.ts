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
  return chart(
    {
      ...size,
      ...MARGINS,
      x: { label: 'epoch', labelAnchor: 'right', labelArrow: 'none', tickFormat: 'd' },
      y: {
        type: 'log',
        label: 'loss',
        labelArrow: 'none',
        grid: true,
        ticks: decades(shown),
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

/** The powers of ten around all values; at least two, so that a scale can be read. */
function decades(lines: readonly Series[]): number[] {
  const powers = lines.flatMap(({ points }) => points.map(({ y }) => Math.log10(y)));
  const [from, to] = [Math.floor(Math.min(...powers)), Math.ceil(Math.max(...powers))];
  return Array.from({ length: Math.max(2, to - from + 1) }, (_, i) => 10 ** (from + i));
}

const short = (value: number) => String(Number(value.toPrecision(1)));

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
