import { svgText } from '../../draw/chart.ts';
import { angleHistogram, type Counts, probabilityHistogram } from '../../draw/histogram.ts';
import { OF_PAGE } from '../../draw/theme.ts';
import { dataText } from '../print-validation.ts';
import type { Report } from '../report.ts';
import { FIGURE, figure, key } from './figure.ts';
import { type Html, html } from './html.ts';

type Data = NonNullable<NonNullable<Report['validation']>['data']>;
type Histograms = NonNullable<Data['histograms']>;

/** What the user's data says: where embeddings lie, and what the head makes of that before any training. */
export function dataSection({ validation }: Report): Html {
  const data = validation?.data ?? null;
  return html`<section id="data"><h2>Your data, before training</h2>
${data === null ? none(validation !== null) : measured(data)}</section>`;
}

function none(checked: boolean): Html {
  return checked
    ? html`<p>No labelled data was given, so there are no angles to show: the numbers below were checked with random inputs or without labels. Give <code>--data</code> and <code>--labels</code> to see how your embeddings lie to their classes.</p>`
    : html`<p>The numbers were not checked (<code>--no-validate</code>), so nothing is known of your data.</p>`;
}

function measured(data: Data): Html {
  const { histograms } = data;
  return html`<p>${dataText(data)}</p>${histograms === null ? null : charts(histograms)}`;
}

function charts({ target, others, margined, probability }: Histograms): Html {
  const names = ['Own class', 'Other classes'] as const;
  const angles = (own: Counts, title: string) =>
    svgText(
      angleHistogram(
        [
          { counts: others, series: 1 },
          { counts: own, series: 0 },
        ],
        FIGURE,
        OF_PAGE,
        { title, description: `${medianText(own, names[0])}; ${medianText(others, names[1])}.` },
      ),
    );
  return html`<div class="cards">
${figure(
  angles(target, 'Angles between embeddings and class rows, as they are'),
  html`${key(1, names[0])}${key(2, names[1])}<br>As the embeddings lie, before and after: a new head moves nothing until it is trained. ${medianText(target, names[0])}. ${medianText(others, names[1])}.`,
)}
${figure(
  angles(margined, 'The same angles as the training loss counts them'),
  html`${key(1, 'Own class, with margin')}${key(2, names[1])}<br>As training counts them: the margin makes the own class look this far away, and closing the gap is what is trained. ${medianText(margined, 'Own class, with margin')}.`,
)}
${probabilityFigure(probability)}
</div>`;
}

function probabilityFigure({ original, training }: Histograms['probability']): Html | null {
  const lists = [
    ...(original === null ? [] : [{ counts: original, series: 0 }]),
    ...(training === null ? [] : [{ counts: training, series: 1 }]),
  ];
  if (lists.length === 0) return null;
  const title = 'Probability that the own class gets';
  const words = [
    ...(original === null ? [] : [`before: ${shareText(original)}`]),
    ...(training === null ? [] : [`in training, with margin: ${shareText(training)}`]),
  ].join('; ');
  const chart = probabilityHistogram(lists, FIGURE, OF_PAGE, { title, description: words });
  return figure(
    svgText(chart),
    html`${original === null ? null : key(1, 'Original')}${training === null ? null : key(2, 'Training logits')}<br>The probability of the own class, before and after (root scale): ${words}.`,
  );
}

/** The degree that half of them lie below. */
function medianText({ from, counts }: Counts, name: string): string {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2;
  let seen = 0;
  const at = counts.findIndex((count) => {
    seen += count;
    return seen >= half;
  });
  return `${name}: half below ${from + at + 1}°`;
}

function shareText(counts: readonly number[]): string {
  const sum = Math.max(
    1,
    counts.reduce((total, count) => total + count, 0),
  );
  return `${((100 * (counts.at(-1) ?? 0)) / sum).toFixed(1)} % of samples above 95 %`;
}
