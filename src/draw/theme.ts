/** Colours of a picture, as SVG takes them. */
export interface Theme {
  /** One a head; each can be told from the others and from the paper. */
  readonly series: readonly string[];
  /** Lines and letters. */
  readonly ink: string;
  readonly paper: string;
}

/** Broken lines, so that colour is not all that tells heads apart. */
const DASHES = ['none', '7 3', '2 2.5', '9 3 2 3'] as const;

/** Colours on white, at 4.5:1 or more, and on near-black, at 7:1 or more. */
export const LIGHT: Theme = {
  series: ['#1f6fb4', '#b84e06', '#2a7a2a', '#7d4bb5', '#c0273d', '#0b727b', '#83541f', '#5a616d'],
  ink: '#1c2026',
  paper: '#ffffff',
};
export const DARK: Theme = {
  series: ['#6db3f2', '#f2a65a', '#74d17f', '#c9a4f7', '#ff8593', '#4fd1d9', '#dbae80', '#b0b8c3'],
  ink: '#e6e9ee',
  paper: '#14171c',
};

/** Colours that the page around decides: `--series-1` … `--ink`, `--paper`. */
export const OF_PAGE: Theme = {
  series: LIGHT.series.map((_, i) => `var(--series-${i + 1})`),
  ink: 'var(--ink)',
  paper: 'var(--paper)',
};

/** How many heads can be told apart in one picture. */
export const MOST_HEADS = LIGHT.series.length;

export function strokeOf({ series, ink }: Theme, index: number): string {
  return series[index % series.length] ?? ink;
}

export function dashOf(index: number): string {
  return DASHES[index % DASHES.length] ?? 'none';
}
