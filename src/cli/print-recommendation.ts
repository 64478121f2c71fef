import type { HeadRecommendation, Recommendation } from '../rewrite/recommend.ts';
import type { Sink } from './io.ts';
import { bold, type Cell, dim, line, short, table, yellow } from './text.ts';

/** The bounds for some number of classes: in general, of each head, and why. */
export function printRecommendation(recommendation: Recommendation, out: Sink): void {
  const { classes, dim: size, probabilities, heads, reasons, caveats } = recommendation;
  line(out, bold(`${classes} classes, embeddings of ${size}`));
  line(out);
  table(out, factsOf(recommendation));
  line(out);
  const columns = probabilities.map((probability) => `for P = ${probability}`);
  if (heads.length > 0) {
    table(out, [
      ['head', 'scale', ...columns, 'margin', 'default', 'below'].map(dim),
      ...heads.flatMap(headRows),
    ]);
    line(out);
  }
  table(out, [...labelled('why', reasons, dim), ...labelled('but', caveats, yellow)], { wrap: true });
}

function factsOf({
  probabilities,
  leastScale,
  adacosScale,
  widestAngle,
  tight,
  marginByCount,
  samplesPerClass,
}: Recommendation): Cell[][] {
  const scales = probabilities.map((probability, i) => `${number(leastScale[i])} for P = ${probability}`);
  const degrees = `${short((180 * widestAngle) / Math.PI)}° (${short(widestAngle)})`;
  return [
    [dim('least scale'), `${scales.join(', ')}, without margin`],
    [dim('AdaCos scale'), number(adacosScale)],
    [dim('widest angle'), `${degrees} between class rows${tight ? '' : ' at the very most'}`],
    ...(marginByCount === null
      ? []
      : [
          [
            dim('by count'),
            `an angular margin of ${short(marginByCount)} for ${samplesPerClass} samples a class`,
          ],
        ]),
  ];
}

/** A row for each margin of a head. */
function headRows({ head, scale, leastScale, margins }: HeadRecommendation): Cell[][] {
  const scales = [0, 1].map((i) => (leastScale === null ? '–' : number(leastScale[i])));
  const first = [head, scale === null ? '–' : String(scale), ...scales];
  if (margins.length === 0) return [[...first, '–', '–', '–']];
  return margins.map(({ flag, default: usual, below }, i): Cell[] => [
    ...(i === 0 ? first : first.map(() => '')),
    flag,
    String(usual),
    below === null ? 'all of its range' : usual < below ? short(below) : yellow(boundText(below)),
  ]);
}

const boundText = (below: number) => (below === 0 ? 'none fits' : short(below));

const number = (value: number | null | undefined) => (value == null ? 'none' : short(value));

const labelled = (label: string, texts: readonly string[], style: (text: string) => Cell): Cell[][] =>
  texts.map((text, i) => [i === 0 ? style(label) : '', text]);
