import { contour, frame, text } from '@observablehq/plot';
import { chart, type Svg } from './chart.ts';
import { leadAt, sideOf } from './decision.ts';
import type { Drawn } from './drawn.ts';
import { strokeOf, type Theme } from './theme.ts';

/** Pixels between the places where logits are compared; lines are drawn straight between them. */
const STEP = 3;

/** Colours of the two classes, which are not those of the first heads. */
const CLASS_COLOURS = [5, 4] as const;

const MARGINS = { marginLeft: 46, marginRight: 12, marginTop: 26, marginBottom: 36 };

/** The height that makes the plane a square. */
export const squareHeight = (width: number) =>
  width - MARGINS.marginLeft - MARGINS.marginRight + MARGINS.marginTop + MARGINS.marginBottom;

/**
 * The (θ1, θ2) plane of two classes, as the papers draw it: where the training logits of a sample of class 1 are content,
 * where those of a sample of class 2 are, and the margin between.
 */
export function decisionChart(head: Drawn, width: number, theme: Theme): Svg {
  const lead = leadAt(head);
  const region = (which: 'one' | 'two', series: number) =>
    contour({
      x1: 0,
      x2: 180,
      y1: 0,
      y2: 180,
      value: (x: number, y: number) => lead(x, y)[which],
      thresholds: [0],
      pixelSize: STEP,
      fill: strokeOf(theme, series),
      fillOpacity: 0.2,
      stroke: strokeOf(theme, series),
      strokeWidth: 1.5,
    });
  const word = (textAnchor: 'start' | 'middle' | 'end', x: number, y: number, written: string) =>
    text([{ x, y }], {
      x: 'x',
      y: 'y',
      text: [written],
      textAnchor,
      // Off the frame.
      dx: { start: 6, middle: 0, end: -6 }[textAnchor],
      fill: theme.ink,
      stroke: theme.paper,
      strokeOpacity: 0.7,
      fontSize: 12,
    });
  const ticks = [0, 45, 90, 135, 180];
  const axis = { domain: [0, 180], ticks, tickFormat: (d: number) => `${d}°`, labelArrow: 'none' } as const;
  return chart(
    {
      width,
      height: squareHeight(width),
      ...MARGINS,
      x: { ...axis, label: 'θ1', labelAnchor: 'right' },
      y: { ...axis, label: 'θ2' },
      marks: [
        region('one', CLASS_COLOURS[0]),
        region('two', CLASS_COLOURS[1]),
        frame({ stroke: theme.ink, strokeOpacity: 0.4 }),
        word('start', 0, 165, 'class 1'),
        word('end', 180, 15, 'class 2'),
        ...(sideOf(lead(90, 90)) === 'margin' ? [word('middle', 90, 90, 'margin')] : []),
      ],
    },
    theme,
    {
      title: `Decision boundaries of two classes: ${head.name}`,
      description:
        'The plane of angles to the rows of class 1 and class 2. A sample of class 1 is told apart in training where the first region is, one of class 2 where the second is; between them lies the margin.',
    },
  );
}
