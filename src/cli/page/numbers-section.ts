import { placeOf, scientific } from '../../validate/mismatch.ts';
import { deviceOf, proofText } from '../print-validation.ts';
import type { Report } from '../report.ts';
import { type Html, html } from './html.ts';

type Validation = NonNullable<Report['validation']>;
type Check = Validation['checks'][number];

/** Every check with its worst place, and what ran the graphs. */
export function numbersSection({ validation }: Report): Html {
  return html`<section id="numbers"><h2>The numbers</h2>
${validation === null ? html`<p>They were not checked (<code>--no-validate</code>).</p>` : checked(validation)}</section>`;
}

interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** What it says of a check; of one that compares nothing, if it ended well, no place is worst. */
  readonly of: (check: Check) => string | number;
}

const ofWorst = (say: (worst: NonNullable<Check['worst']>, check: Check) => string) => (check: Check) =>
  check.worst === null ? '–' : say(check.worst, check);

const COLUMNS: readonly Column[] = [
  { title: 'worst |Δ|', isNumber: true, of: ofWorst(({ abs }) => scientific(Number(abs))) },
  {
    title: 'of allowed',
    isNumber: true,
    of: ofWorst((_, { leastTolerance }) => percent(Number(leastTolerance))),
  },
  { title: 'where', of: ofWorst(({ abs, where }, { output }) => (abs === 0 ? '–' : placeOf(output, where))) },
  { title: 'got', isNumber: true, of: ofWorst(({ got }) => digits(got)) },
  { title: 'expected', isNumber: true, of: ofWorst(({ expected }) => digits(expected)) },
  { title: 'allowed', isNumber: true, of: ofWorst(({ allowed }) => scientific(Number(allowed))) },
  { title: 'numbers', isNumber: true, of: ({ count }) => count },
  { title: 'against', of: ({ against }) => against },
];

function checked({ provider, proof, checks, notes }: Validation): Html {
  const titles = COLUMNS.map(
    ({ title, isNumber }) => html`<th scope="col"${aligned(isNumber)}>${title}</th>`,
  );
  return html`<div class="wide" role="region" aria-label="Checks" tabindex="0"><table>
<caption class="muted">Each output beside what it should be, at the place that is furthest off by what is allowed there.</caption>
<thead><tr><th scope="col">check</th><th scope="col">verdict</th>${titles}</tr></thead>
<tbody>${checks.map(row)}</tbody></table></div>
<dl><dt>ran on</dt><dd>${[provider, deviceOf(proof)].filter(Boolean).join(' · ')}</dd>
<dt>proof</dt><dd>${proofText(proof)}</dd>
${notes.map((note) => html`<dt>note</dt><dd>${note}</dd>`)}</dl>
${fallen(proof.nodes.fallen)}`;
}

function row(check: Check): Html {
  const verdict = check.ok ? html`<td class="good">✓ agrees</td>` : html`<td class="bad">✗ disagrees</td>`;
  const cells = COLUMNS.map(({ isNumber, of }) => html`<td${aligned(isNumber)}>${of(check)}</td>`);
  return html`<tr><th scope="row">${check.name}</th>${verdict}${cells}</tr>
`;
}

const aligned = (isNumber = false) => (isNumber ? html` class="n"` : null);

function fallen(nodes: readonly string[]): Html | null {
  if (nodes.length === 0) return null;
  return html`<details><summary>${nodes.length} nodes that ran elsewhere</summary><ul>${nodes.map((node) => html`<li><code>${node}</code></li>`)}</ul></details>`;
}

const digits = (value: number | string) =>
  typeof value === 'number' ? String(Number(value.toPrecision(7))) : value;

const percent = (part: number) => (Number.isFinite(part) ? `${Number((100 * part).toPrecision(3))} %` : '∞');
