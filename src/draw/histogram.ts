import { areaY, lineY, rectY, ruleY } from '@observablehq/plot';
import { type Caption, chart, type Svg } from './chart.ts';
import { ANGLES, type Size } from './line-chart.ts';
import { strokeOf, type Theme } from './theme.ts';

/** How many there are in each degree from `from` on. */
export interface Counts {
  readonly from: number;
  readonly counts: readonly number[];
}

/** Degrees that are drawn as one step. */
const STEP = 2;

const MARGINS = { marginLeft: 46, marginRight: 22, marginTop: 26, marginBottom: 36 };

/** Angles from 0° to 180°, each list in a colour of its own, as shares of its sum. */
export function angleHistogram(
  lists: readonly { readonly counts: Counts; readonly series: number }[],
  size: Size,
  theme: Theme,
  caption: Caption,
): Svg {
  const steps = lists.map(({ counts, series }) => ({
    points: stepsOf(counts),
    stroke: strokeOf(theme, series),
  }));
  const at = { x: 'degrees', y: 'share', curve: 'step-after' } as const;
  return chart(
    {
      ...size,
      ...MARGINS,
      x: ANGLES,
      y: { label: `% in each ${STEP}°`, labelArrow: 'none', grid: true, ticks: 5 },
      marks: [
        ...steps.map(({ points, stroke }) => areaY(points, { ...at, fill: stroke, fillOpacity: 0.3 })),
        ...steps.map(({ points, stroke }) => lineY(points, { ...at, stroke, strokeWidth: 1.5 })),
        ruleY([0], { stroke: theme.ink, strokeOpacity: 0.5 }),
      ],
    },
    theme,
    caption,
  );
}

/** The share of each step, in percent, with a step of none before and behind. */
function stepsOf({ from, counts }: Counts): { readonly degrees: number; readonly share: number }[] {
  const sum = counts.reduce((total, count) => total + count, 0);
  const shares = new Array<number>(180 / STEP).fill(0);
  for (const [i, count] of counts.entries()) {
    const step = Math.floor((from + i) / STEP);
    shares[step] = (shares[step] ?? 0) + (100 * count) / Math.max(1, sum);
  }
  const [first, last] = [shares.findIndex((share) => share > 0), shares.findLastIndex((share) => share > 0)];
  const points = shares.map((share, step) => ({ degrees: step * STEP, share }));
  return [...points.slice(Math.max(0, first - 1), last + 1), { degrees: (last + 1) * STEP, share: 0 }];
}

/** Probabilities in equal steps from 0 to 1, lists beside each other in each step, as shares of their sums. */
export function probabilityHistogram(
  lists: readonly { readonly counts: readonly number[]; readonly series: number }[],
  size: Size,
  theme: Theme,
  caption: Caption,
): Svg {
  const bars = lists.map(({ counts, series }, place) => {
    const sum = Math.max(
      1,
      counts.reduce((total, count) => total + count, 0),
    );
    const step = 100 / counts.length;
    const width = (0.8 * step) / lists.length;
    const data = counts.map((count, i) => {
      const left = i * step + 0.1 * step + place * width;
      return { left, right: left + width, share: (100 * count) / sum };
    });
    return rectY(data, {
      x1: 'left',
      x2: 'right',
      y: 'share',
      fill: strokeOf(theme, series),
      fillOpacity: 0.85,
    });
  });
  return chart(
    {
      ...size,
      ...MARGINS,
      x: { domain: [0, 100], ticks: [0, 25, 50, 75, 100], tickFormat: (p: number) => `${p} %`, label: null },
      // Most samples of a good classifier are in the last step; a root lets the others be seen.
      y: {
        type: 'sqrt',
        domain: [0, 100],
        ticks: [0, 1, 5, 20, 50, 100],
        label: '% of samples',
        labelArrow: 'none',
        grid: true,
      },
      marks: [...bars, ruleY([0], { stroke: theme.ink, strokeOpacity: 0.5 })],
    },
    theme,
    caption,
  );
}
