import { svgText } from '../../draw/chart.ts';
import { angleHistogram } from '../../draw/histogram.ts';
import { OF_PAGE } from '../../draw/theme.ts';
import { lossChart, rocChart, type Series } from '../../draw/training-charts.ts';
import { deviceOf, proofText } from '../print-validation.ts';
import type { Report } from '../report.ts';
import { figures, sayWhere, trainedText } from '../training-figures.ts';
import { FIGURE, figure, key } from './figure.ts';
import { type Html, html } from './html.ts';

type Training = NonNullable<Report['training']>;

/** What training made of the head: figures before and after, how the loss fell, where embeddings lie, what they verify. */
export function trainingSection({ training }: Report): Html | null {
  if (training === null) return null;
  const { proof, notes, layers } = training;
  return html`<section id="training"><h2>Training</h2>
<p>${trainedText(training)}</p>
${table(training)}
<p class="muted">${sayWhere(training)}</p>
<div class="cards">
${losses(training)}
${angles(training, 'target')}
${angles(training, 'others')}
${AGAINST.class(training)}
${layers.length === 0 ? null : AGAINST.embedding(training)}
</div>
<dl>${layers.length === 0 ? null : html`<dt>layers</dt><dd>${layers.join(', ')}</dd>`}<dt>ran on</dt><dd>${[proof.provider, deviceOf(proof), proofText(proof)].filter(Boolean).join(' · ')}</dd>
${notes.map((note) => html`<dt>note</dt><dd>${note}</dd>`)}</dl></section>`;
}

function table(training: Training): Html {
  const rows = figures(training).map(
    ({ what, before, after }) =>
      html`<tr><th scope="row">${what}</th><td>${before}</td><td>${after}</td></tr>
`,
  );
  return html`<div class="wide" role="region" aria-label="Figures of training" tabindex="0"><table>
<thead><tr><th scope="col">figure</th><th scope="col">before</th><th scope="col">after</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function losses({ history }: Training): Html | null {
  if (history.length < 2) return null;
  const line = (series: number, of: (epoch: Training['history'][number]) => number | undefined): Series => ({
    series,
    points: history.flatMap((epoch) => {
      const y = of(epoch);
      return y === undefined ? [] : [{ x: epoch.epoch, y }];
    }),
  });
  const [trained, heldBack] = [line(0, ({ loss }) => loss), line(1, (epoch) => epoch.heldBack?.loss)];
  const [first, last] = [history[0]?.loss ?? 0, history.at(-1)?.loss ?? 0];
  const words = `from ${digits(first)} to ${digits(last)} in ${history.length} epochs`;
  const title = 'Loss over epochs';
  const lines = heldBack.points.length === 0 ? [trained] : [trained, heldBack];
  return figure(
    svgText(lossChart(lines, FIGURE, OF_PAGE, { title, description: words })),
    html`${key(1, 'Trained with')}${heldBack.points.length === 0 ? null : key(2, 'Held back')}<br>The loss, margin included, ${words}.`,
  );
}

const WHOSE = { target: 'the own class', others: 'other classes' } as const;

function angles({ before, after }: Training, whose: keyof typeof WHOSE): Html {
  const title = `Angles to ${WHOSE[whose]}, before and after`;
  const description = `Angles between embeddings and the rows of ${WHOSE[whose]}.`;
  const chart = angleHistogram(
    [
      { counts: before.histograms[whose], series: 1 },
      { counts: after.histograms[whose], series: 0 },
    ],
    FIGURE,
    OF_PAGE,
    { title, description },
  );
  return figure(svgText(chart), html`${key(1, 'After')}${key(2, 'Before')}<br>${description}`);
}

const AGAINST = {
  class: ({ before, after }: Training) =>
    roc(
      [before.verification, after.verification],
      'An embedding against a class',
      'An embedding is accepted as of a class by its cosine to the class row.',
    ),
  embedding: ({ before, after }: Training) =>
    roc(
      [before.pairs, after.pairs],
      'Two embeddings',
      'Two embeddings are accepted as of one class by their cosine.',
    ),
};

type Verified = Training['before']['verification'];

function roc([first, last]: readonly [Verified, Verified], what: string, how: string): Html | null {
  if (first === null || last === null) return null;
  const series = (each: typeof first, place: number): Series => ({
    series: place,
    points: each.roc.map(({ far, tar }) => ({ x: far, y: tar })),
  });
  const words = `Equal error rate ${percent(first.eer)} before, ${percent(last.eer)} after`;
  const chart = rocChart([series(last, 0), series(first, 1)], 1 / last.impostors, FIGURE, OF_PAGE, {
    title: `${what}: true accepts over false accepts`,
    description: words,
  });
  return figure(
    svgText(chart),
    html`${key(1, 'After')}${key(2, 'Before')}<br>${words}. ${how} Dotted: where both errors are equal.`,
  );
}

const percent = (part: number) => `${(100 * part).toFixed(2)} %`;
const digits = (value: number) => String(Number(value.toPrecision(3)));
