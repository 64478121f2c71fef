import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Model } from '#model/model.js';
import { train } from '#train/train.js';
import type { Training } from '#train/training.js';
import { DIGITS } from './training.ts';

/*
 * What `train` makes of the digits classifier, head by head, as the tables in the README and in docs/training.md. The 500
 * test images, which the backbone has never seen, are split in halves five times: class rows are trained on one half and
 * measured on the other. Figures are means over the five.
 */

const SEEDS = [0, 1, 2, 3, 4];
const REGIME = { epochs: 30, validation: 0.5 };

/** Heads that the README shows. */
export const SHOWN: readonly string[] = ['softmax', 'normface', 'cosface', 'arcface'];

/** Heads without a margin: what the others are compared with. */
export const PLAIN: readonly string[] = ['softmax', 'normface', 'adacos'];

/** A row of the table; `head` is null for the rows that all heads start from. */
export interface Shown {
  readonly head: string | null;
  /** Equal error rate of an embedding against a class. */
  readonly eer: number;
  /** Accepted genuine pairs at a false accept rate of 0.001. */
  readonly accepted: number;
  /** Mean angle to the own row, and to the nearest other, in degrees. */
  readonly own: number;
  readonly other: number;
  readonly top1: number;
}

const meanOf = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;

function rowOf(head: string | null, all: readonly Training['after'][]): Shown {
  const mean = (of: (measured: Training['after']) => number | undefined) =>
    meanOf(all.map((measured) => of(measured) ?? Number.NaN));
  return {
    head,
    eer: mean(({ verification }) => verification?.eer),
    accepted: mean(({ verification }) => verification?.tarAtFar.find(({ far }) => far === 1e-3)?.tar),
    own: mean(({ targetAngle }) => targetAngle),
    other: mean(({ otherAngle }) => otherAngle),
    top1: mean(({ top1 }) => top1),
  };
}

/** Trains a head five times: its row, that of what it starts from, and the error of embeddings against each other. */
export async function demonstrated(model: Model, head: string) {
  const runs: Training[] = [];
  for (const seed of SEEDS) runs.push((await train(model, { head, seed, ...REGIME, ...DIGITS })).training);
  return {
    before: rowOf(
      null,
      runs.map(({ before }) => before),
    ),
    after: rowOf(
      head,
      runs.map(({ after }) => after),
    ),
    pairs: meanOf(runs.map(({ after }) => after.pairs?.eer ?? Number.NaN)),
  };
}

const TITLES = [
  '',
  'equal error rate',
  'accepted at FAR 0.1 %',
  'angle to the own row',
  'to the nearest other',
  'top-1',
];
const BEFORE = 'before: the classifier’s rows, by cosine';

const percent = (part: number, digits: number) => `${(100 * part).toFixed(digits)} %`;
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** Rows as a table of Markdown. */
export function tableOf(rows: readonly Shown[]): string {
  const cells = ({ head, eer, accepted, own, other, top1 }: Shown) => [
    head === null ? BEFORE : `\`${head}\``,
    percent(eer, 2),
    percent(accepted, 1),
    `${own.toFixed(1)}°`,
    `${other.toFixed(1)}°`,
    percent(top1, 1),
  ];
  return [line(TITLES), line(TITLES.map(() => '---')), ...rows.map((row) => line(cells(row)))].join('\n');
}

const PLACE = /(<!-- training -->\n)(.*?)(\n<!-- \/training -->)/s;

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

/** The table that a file shows, read back. */
export function shownIn(file: string): Shown[] {
  const [, , table = ''] = PLACE.exec(readFileSync(pathOf(file), 'utf8')) ?? [];
  return table
    .split('\n')
    .slice(2)
    .map((each) => {
      const [name = '', ...cells] = each
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      const [eer = 0, accepted = 0, own = 0, other = 0, top1 = 0] = cells.map(Number.parseFloat);
      const head = /^`(.*)`$/.exec(name)?.[1] ?? null;
      return { head, eer: eer / 100, accepted: accepted / 100, own, other, top1: top1 / 100 };
    });
}

/** Puts a table into its place in a file. */
export function showIn(file: string, rows: readonly Shown[]): void {
  const text = readFileSync(pathOf(file), 'utf8');
  writeFileSync(
    pathOf(file),
    text.replace(PLACE, (_, before, __, after) => `${before}${tableOf(rows)}${after}`),
  );
}
