import type { Run } from '../draw/braille.ts';
import type { Sink } from './io.ts';
import { type Cell, type Style, unspaced } from './text.ts';

/** One a head; a letter on each line tells them apart where there are no colours. */
const COLOURS: readonly Style[] = ['cyan', 'yellow', 'green', 'magenta', 'red', 'blue', 'bold', 'dim'];

/** Writes a drawing line by line. */
export function printDrawing(lines: readonly (readonly Run[])[], out: Sink): void {
  for (const runs of lines) unspaced(out, runs.map(painted));
}

function painted({ text, series }: Run): Cell {
  const style = series === null ? undefined : COLOURS[series % COLOURS.length];
  return style === undefined ? text : { text, style };
}
