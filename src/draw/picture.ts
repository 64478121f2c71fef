import { type Caption, described, element, type Svg, svgText } from './chart.ts';
import { decisionChart } from './decision-chart.ts';
import type { Drawn } from './drawn.ts';
import { curveChart, gainChart } from './head-charts.ts';
import { ENTRY_HEIGHT, legend } from './legend.ts';
import type { Theme } from './theme.ts';
import type { View } from './views.ts';

const WIDTH = 920;
const EDGE = 20;
const GAP = 20;

/** The width of one of so many columns. */
const columnOf = (columns: number) => Math.floor((WIDTH - 2 * EDGE - (columns - 1) * GAP) / columns);

/** Charts side by side, and what is written above each. */
type Row = readonly { readonly chart: Svg; readonly heading: string }[];

/** Heads in one picture: a legend with their parameters, and the views asked for; the text of an SVG file. */
export function pictureOf(heads: readonly Drawn[], views: readonly View[], theme: Theme): string {
  const content: Svg[] = [...legend(heads, theme, EDGE)];
  let y = EDGE + heads.length * ENTRY_HEIGHT + GAP;
  for (const row of rowsOf(heads, views, theme)) {
    for (const [i, { chart, heading }] of row.entries()) {
      const x = EDGE + i * (Number(chart.getAttribute('width')) + GAP);
      chart.setAttribute('x', String(x));
      chart.setAttribute('y', String(y));
      const place = { x: x + Number(chart.getAttribute('width')) / 2, y: y + 8, 'text-anchor': 'middle' };
      content.push(chart, ...(heading === '' ? [] : [element('text', place, [heading])]));
    }
    y += Math.max(...row.map(({ chart }) => Number(chart.getAttribute('height')))) + GAP;
  }
  const height = y - GAP + EDGE;
  const size = { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` };
  const type = { 'font-family': "system-ui, 'DejaVu Sans', sans-serif", 'font-size': 12, fill: theme.ink };
  const paper = element('rect', { width: WIDTH, height, fill: theme.paper });
  const svg = element('svg', { ...size, ...type }, [paper, ...content]);
  return `${svgText(described(svg, captionOf(heads)))}\n`;
}

function rowsOf(heads: readonly Drawn[], views: readonly View[], theme: Theme): Row[] {
  const lines = (
    [
      ['curve', curveChart],
      ['gain', gainChart],
    ] as const
  ).filter(([view]) => views.includes(view));
  const size = { width: columnOf(Math.max(1, lines.length)), height: 340 };
  const columns = heads.length === 4 || heads.length > 6 ? 4 : 3;
  const planes = views.includes('boundary')
    ? heads.map((head) => ({ chart: decisionChart(head, columnOf(columns), theme), heading: head.name }))
    : [];
  const rows = [lines.map(([, draw]) => ({ chart: draw(heads, size, theme), heading: '' }))];
  for (let i = 0; i < planes.length; i += columns) rows.push(planes.slice(i, i + columns));
  return rows.filter((row) => row.length > 0);
}

function captionOf(heads: readonly Drawn[]): Caption {
  return {
    title: `Margin heads: ${heads.map(({ name }) => name).join(', ')}`,
    description: heads.map(({ name, head }) => `${name}: ${head.formula}`).join('; '),
  };
}
