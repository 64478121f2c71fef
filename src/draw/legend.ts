import { element, type Svg } from './chart.ts';
import { type Drawn, startText, valuesText } from './drawn.ts';
import { dashOf, strokeOf, type Theme } from './theme.ts';

/** The height of a line of the legend. */
export const ENTRY_HEIGHT = 20;

/** A line a head: how it is drawn, its name, its parameters. */
export function legend(heads: readonly Drawn[], theme: Theme, edge: number): Svg[] {
  return heads.flatMap((head, i) => {
    const y = edge + i * ENTRY_HEIGHT + 10;
    const stroke = { stroke: strokeOf(theme, i), 'stroke-dasharray': dashOf(i), 'stroke-width': 2.5 };
    const facts = [valuesText(head), startText(head)].filter((text) => text !== '').join('; ');
    return [
      element('line', { x1: edge, x2: edge + 34, y1: y, y2: y, ...stroke }),
      element('text', { x: edge + 44, y: y + 4, 'xml:space': 'preserve' }, [
        element('tspan', { 'font-weight': 'bold' }, [head.name]),
        `  ${facts}`,
      ]),
    ];
  });
}
