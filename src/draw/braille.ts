/** A piece of a line of text, and which head it belongs to; null: to none. */
export interface Run {
  readonly text: string;
  readonly series: number | null;
}

/** A drawing of dots, two by four in each letter (Unicode's braille patterns), and letters where they are set. */
export interface Canvas {
  /** Dots across and down. */
  readonly width: number;
  readonly height: number;
  /** Sets a dot; outside of the drawing it does nothing. Of several heads in a letter the last one gives the colour. */
  readonly dot: (x: number, y: number, series: number | null) => void;
  /** Puts text over the letter that a dot lies in. */
  readonly write: (x: number, y: number, text: string, series: number | null) => void;
  /** The drawing line by line. */
  readonly lines: () => Run[][];
}

/** The bit of each dot of a letter, by row and column. */
const BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** An empty drawing of so many letters. */
export function canvasOf(columns: number, rows: number): Canvas {
  const [width, height] = [2 * columns, 4 * rows];
  const bits = new Uint8Array(columns * rows);
  const owner: (number | null)[] = new Array(columns * rows).fill(null);
  const letters = new Map<number, string>();
  const cellOf = (x: number, y: number) => (y >> 2) * columns + (x >> 1);
  const inside = (x: number, y: number) => x >= 0 && x < width && y >= 0 && y < height;
  const run = (cell: number): Run => {
    const series = owner[cell] ?? null;
    const text = letters.get(cell) ?? (bits[cell] ? String.fromCharCode(0x2800 + (bits[cell] ?? 0)) : ' ');
    return { text, series };
  };
  return {
    width,
    height,
    dot(x, y, series) {
      if (!inside(x, y)) return;
      const cell = cellOf(x, y);
      bits[cell] = (bits[cell] ?? 0) | (BITS[y & 3]?.[x & 1] ?? 0);
      owner[cell] = series;
    },
    write(x, y, text, series) {
      for (const [i, letter] of [...text].entries()) {
        if (!inside(x + 2 * i, y)) continue;
        letters.set(cellOf(x + 2 * i, y), letter);
        owner[cellOf(x + 2 * i, y)] = series;
      }
    },
    lines: () =>
      Array.from({ length: rows }, (_, row) =>
        joined(Array.from({ length: columns }, (_, column) => run(row * columns + column))),
      ),
  };
}

/** Neighbours of one head as one piece. */
export function joined(runs: readonly Run[]): Run[] {
  const all: Run[] = [];
  for (const run of runs) {
    const last = all.at(-1);
    if (last !== undefined && last.series === run.series) {
      all[all.length - 1] = { text: last.text + run.text, series: run.series };
    } else all.push(run);
  }
  return all;
}
