import { svgText } from '../../draw/chart.ts';
import { decisionChart } from '../../draw/decision-chart.ts';
import { type Drawn, sizesFor, startText, valuesText } from '../../draw/drawn.ts';
import { curveChart, gainChart } from '../../draw/head-charts.ts';
import { OF_PAGE } from '../../draw/theme.ts';
import { findHead } from '../../heads/find.ts';
import type { Report } from '../report.ts';
import { FIGURE, figure } from './figure.ts';
import { type Html, html } from './html.ts';

/** Classes that curves are drawn with at most: they show two, and more only take time. */
const MOST_CLASSES = 100;

/** Classes beyond which the plane, which asks for thousands of samples, would take seconds. */
const MOST_IN_PLANE = 2000;

/** The head: what it computes, and how that looks. */
export function headSection(report: Report): Html {
  const { head } = report;
  const drawn = drawnOf(report);
  const facts = [valuesText(drawn), startText(drawn)].filter((text) => text !== '').join('; ');
  const { arxiv, title, year } = head.source;
  return html`<section id="head"><h2>The head: ${head.name}</h2>
<p>${head.title}: <code>${head.formula}</code></p>
<p class="muted">${facts}${facts === '' ? '' : ' · '}${title} (${arxiv === null ? year : `arXiv:${arxiv}`})</p>
<div class="cards">
${figure(svgText(curveChart([drawn], FIGURE, OF_PAGE)), html`What becomes of the target's logit, in units of the scale. Thin: cos θ, without margin.`)}
${figure(svgText(gainChart([drawn], FIGURE, OF_PAGE)), html`How many times the gradient of a plain cosine reaches the embedding. Thin: 1, without margin.`)}
${drawn.sizes.classes > MOST_IN_PLANE ? null : figure(svgText(decisionChart(drawn, FIGURE.width, OF_PAGE)), html`Two classes by the angles to their rows. Training is content with a sample of a class only inside its region.`)}
</div></section>`;
}

/** The head as it was put in, at the mean length that the user's embeddings have. */
function drawnOf({ head: { name, parameters }, tail, validation }: Report): Drawn {
  const { head } = findHead(name);
  const values = head.parse(parameters);
  const sizes = sizesFor(values, { classes: Math.min(tail.classes, MOST_CLASSES), dim: tail.dim });
  const length = validation?.data?.embeddingNorm ?? null;
  return { name, head, values, sizes, xNorm: length !== null && length > 0 ? length : 1 };
}
