import type { Run } from './braille.ts';
import { gainOf, psiOf } from './curves.ts';
import { type Drawn, startText, valuesText } from './drawn.ts';
import { gainRange } from './ranges.ts';
import { dotAngles, letterOf, lineDrawing } from './terminal-lines.ts';
import { planeDrawings } from './terminal-planes.ts';
import type { View } from './views.ts';

const COLUMNS = 84;

const DRAW: Readonly<Record<View, (heads: readonly Drawn[]) => Run[][]>> = {
  curve: (heads) => {
    const lines = heads.map((head) => psiOf(head, dotAngles(COLUMNS)));
    const values = lines.flat().flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
    const range = [Math.min(-1, ...values), Math.max(1, ...values)] as const;
    return lineDrawing('ψ(θ), in units of the scale', lines, range, { columns: COLUMNS, rows: 20 });
  },
  gain: (heads) => {
    const lines = heads.map((head) => gainOf(head, dotAngles(COLUMNS)));
    return lineDrawing('dψ/dcos θ', lines, gainRange(lines), { columns: COLUMNS, rows: 14 });
  },
  boundary: planeDrawings,
};

/** Heads as lines of text: a legend, and below it the views asked for, an empty line between. */
export function terminalLines(heads: readonly Drawn[], views: readonly View[]): Run[][] {
  const legend = heads.map((head, series): Run[] => [
    { text: `${letterOf(series)} ${head.name}`, series },
    { text: ['', valuesText(head), startText(head)].join('  ').trimEnd(), series: null },
  ]);
  return [legend, ...views.map((view) => DRAW[view](heads))].flatMap((lines) => [...lines, []]).slice(0, -1);
}
