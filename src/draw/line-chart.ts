import { lineY, ruleY } from '@observablehq/plot';
import { type Caption, chart, type Svg } from './chart.ts';
import type { Point } from './curves.ts';
import { dashOf, strokeOf, type Theme } from './theme.ts';

/** A chart over the angle. */
export interface LineChart extends Caption {
  readonly label: string;
  /** One line a head. */
  readonly lines: readonly (readonly Point[])[];
  /** What a head without margin would be, drawn thin. */
  readonly plain: readonly Point[];
  /** The values that are shown; null: all. */
  readonly range: readonly [number, number] | null;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The axis of θ. */
export const ANGLES = {
  domain: [0, 180],
  ticks: [0, 30, 60, 90, 120, 150, 180],
  tickFormat: (d: number) => `${d}°`,
  label: 'θ',
  labelAnchor: 'right',
  labelArrow: 'none',
} as const;

/** Lines over 0° to 180°. What lies outside the range is left out, as is what is no number. */
export function lineChart(
  { lines, plain, range, label, ...caption }: LineChart,
  size: Size,
  theme: Theme,
): Svg {
  const inside = ({ value }: Point) =>
    Number.isFinite(value) && (range === null || (value >= range[0] && value <= range[1]));
  const shown = (line: readonly Point[]) =>
    line.map((point) => (inside(point) ? point : { ...point, value: Number.NaN }));
  return chart(
    {
      ...size,
      marginLeft: 46,
      marginBottom: 36,
      marginTop: 26,
      x: ANGLES,
      y: { label, labelArrow: 'none', nice: true, grid: true, ...(range === null ? {} : { domain: range }) },
      marks: [
        ruleY([0], { stroke: theme.ink, strokeOpacity: 0.35 }),
        lineY(shown(plain), {
          x: 'degrees',
          y: 'value',
          stroke: theme.ink,
          strokeOpacity: 0.5,
          strokeWidth: 1,
        }),
        ...lines.map((line, i) =>
          lineY(shown(line), {
            x: 'degrees',
            y: 'value',
            stroke: strokeOf(theme, i),
            strokeDasharray: dashOf(i),
            strokeWidth: 2,
          }),
        ),
      ],
    },
    theme,
    caption,
  );
}
