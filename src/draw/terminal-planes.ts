import { canvasOf, type Run } from './braille.ts';
import { leadAt, sideOf } from './decision.ts';
import type { Drawn } from './drawn.ts';
import { beside, framed } from './terminal-axes.ts';

const [COLUMNS, ROWS] = [36, 18];

/** The (θ1, θ2) plane of each head, two in a row. */
export function planeDrawings(heads: readonly Drawn[]): Run[][] {
  const planes = heads.map(planeDrawing);
  const rows = Array.from({ length: Math.ceil(planes.length / 2) }, (_, i) =>
    beside(planes[2 * i] ?? [], planes[2 * i + 1] ?? []),
  );
  return rows.flatMap((lines) => [...lines, []]).slice(0, -1);
}

/** The margin between two classes filled with dots; where there is none, the line between them. */
function planeDrawing(head: Drawn, series: number): Run[][] {
  const canvas = canvasOf(COLUMNS, ROWS);
  const lead = leadAt(head);
  const sideAt = (x: number, y: number) =>
    sideOf(lead(((x + 0.5) * 180) / canvas.width, 180 - ((y + 0.5) * 180) / canvas.height));
  for (let y = 0; y < canvas.height; y++) {
    let before = sideAt(0, y);
    for (let x = 0; x < canvas.width; x++) {
      const side = sideAt(x, y);
      if (side === 'margin' || side !== before) canvas.dot(x, y, series);
      before = side;
    }
  }
  canvas.write(2, 4, 'class 1', null);
  canvas.write(canvas.width - 16, canvas.height - 5, 'class 2', null);
  const angles = [0, 45, 90, 135, 180];
  const numbers = new Map(
    angles.map((angle) => [Math.min(ROWS - 1, Math.floor(((180 - angle) / 180) * ROWS)), `${angle}°`]),
  );
  return framed(canvas, `${head.name}: margin in the (θ1, θ2) plane`, numbers, angles);
}
