import { styleText } from 'node:util';
import { printable, type Sink } from './io.ts';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

/** A piece of text with its style; a bare string is plain. */
export type Cell = string | { readonly text: string; readonly style: Style };

export const bold = (text: string): Cell => ({ text, style: 'bold' });
export const dim = (text: string): Cell => ({ text, style: 'dim' });
export const red = (text: string): Cell => ({ text, style: 'red' });
export const green = (text: string): Cell => ({ text, style: 'green' });
export const yellow = (text: string): Cell => ({ text, style: 'yellow' });

/** Lines longer than this are broken where they may be. */
const WIDTH = 100;

export interface TableOptions {
  /** Whether the last column is broken into lines of its own. */
  readonly wrap?: boolean;
  /** What every line starts with. */
  readonly indent?: string;
}

/** Writes rows in aligned columns, two spaces apart. Every human line goes through here, and is made printable here. */
export function table(sink: Sink, rows: readonly (readonly Cell[])[], options: TableOptions = {}): void {
  const { wrap = false, indent = '' } = options;
  const clean = rows.map((row) => row.map(parts));
  const columns = Math.max(0, ...clean.map((row) => row.length - 1));
  const widths = Array.from({ length: columns }, (_, column) =>
    // A row's last cell needs no room beside it, so it does not widen a column.
    Math.max(0, ...clean.map((row) => (column < row.length - 1 ? width(row[column]?.text ?? '') : 0))),
  );
  const before = (count: number) =>
    widths.slice(0, count).reduce((sum, each) => sum + each + 2, indent.length);
  for (const row of clean) {
    const last = row.length - 1;
    const [first = '', ...rest] = wrap
      ? broken(row[last]?.text ?? '', WIDTH - before(last))
      : [row[last]?.text ?? ''];
    const cells = row.map(({ text, style }, column) =>
      column === last
        ? paint(sink, first, style)
        : paint(sink, text, style) + ' '.repeat((widths[column] ?? 0) - width(text)),
    );
    sink.write(`${`${indent}${cells.join('  ')}`.trimEnd()}\n`);
    for (const line of rest)
      sink.write(`${' '.repeat(before(last))}${paint(sink, line, row[last]?.style)}\n`);
  }
}

/** Writes one line of cells, a space apart; without cells, an empty line. */
export function line(sink: Sink, ...cells: readonly Cell[]): void {
  sink.write(
    `${cells
      .map(parts)
      .map(({ text, style }) => paint(sink, text, style))
      .join(' ')}\n`,
  );
}

/** Writes one line of cells with nothing between them: a piece of a drawing. */
export function unspaced(sink: Sink, cells: readonly Cell[]): void {
  const painted = cells.map(parts).map(({ text, style }) => paint(sink, text, style));
  sink.write(`${painted.join('').trimEnd()}\n`);
}

function parts(cell: Cell): { readonly text: string; readonly style?: Style } {
  return typeof cell === 'string' ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };
}

function paint(sink: Sink, text: string, style: Style | undefined): string {
  if (style === undefined || text === '' || !sink.colour) return text;
  return styleText(style, text, { validateStream: false });
}

function width(text: string): number {
  return [...text].length;
}

function broken(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const current = lines.at(-1);
    if (current !== undefined && width(current) + 1 + width(word) <= room)
      lines[lines.length - 1] = `${current} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A size for people: `97.8 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const rounded = Number(count.toPrecision(3));
  const power = Math.min(3, Math.floor(Math.log10(rounded) / 3));
  return `${(rounded / 1000 ** power).toPrecision(3)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}

/** A number for people: three digits that count. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
