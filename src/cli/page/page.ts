import type { Report } from '../report.ts';
import { dataSection } from './data-section.ts';
import { headSection } from './head-section.ts';
import { type Html, html, trusted } from './html.ts';
import { numbersSection } from './numbers-section.ts';
import { provenanceSection } from './provenance-section.ts';
import { STYLE } from './style.ts';
import { tailSection } from './tail-section.ts';
import { trainingSection } from './training-section.ts';

/**
 * A report as one page that needs nothing besides itself: no script, no network, and the browser is told to allow none.
 * The same report gives the same page.
 */
export function pageOf(report: Report): string {
  const { head, source, warnings } = report;
  const title = `${head.name} in ${source.path === '' ? 'a model' : source.path}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title} · onnx-margin</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${verdict(report)}
</header>
<main>
${warningsSection(warnings, report.training === null ? 'Before you train' : 'Worth knowing')}
${tailSection(report)}
${headSection(report)}
${report.training === null ? dataSection(report) : trainingSection(report)}
${numbersSection(report)}
${provenanceSection(report)}
</main>
</body>
</html>
`;
  return page.markup;
}

function verdict({ validation }: Report): Html {
  if (validation === null) return html`<p><span class="verdict warn">not checked</span></p>`;
  const failed = validation.checks.filter(({ ok }) => !ok).length;
  return validation.ok
    ? html`<p><span class="verdict good">✓ the numbers agree</span></p>`
    : html`<p><span class="verdict bad">✗ ${failed} of ${validation.checks.length} checks disagree</span></p>`;
}

function warningsSection(warnings: Report['warnings'], title: string): Html {
  if (warnings.length === 0) return html``;
  return html`<section id="warnings"><h2>${title}</h2>
<ul class="warnings">${warnings.map(({ code, message }) => html`<li>${message} <small><code>${code}</code></small></li>`)}</ul></section>`;
}
