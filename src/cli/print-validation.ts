import type { Check, Validation } from '../index.ts';
import { placeOf, scientific } from '../validate/mismatch.ts';
import type { Sink } from './io.ts';
import { type Cell, dim, green, line, red, short, table } from './text.ts';

/** Every check in a row, what ran the graphs and how that is known, and what the user's data says. */
export function printValidation(validation: Validation, out: Sink): void {
  const { checks, data, notes } = validation;
  printChecks(checks, out);
  line(out);
  const facts: [string, string][] = [['on', deviceText(validation)]];
  if (data !== null) facts.push(['data', dataText(data)]);
  for (const note of notes) facts.push(['note', note]);
  table(
    out,
    facts.map(([name, text]) => [dim(name), text]),
    { wrap: true },
  );
}

/** Comparisons in a table, one a row. */
export function printChecks(checks: readonly Check[], out: Sink): void {
  const head = ['check', 'against', 'numbers', 'worst |Δ|', 'where', 'allowed', ''].map(dim);
  table(out, [head, ...checks.map(checkRow)]);
}

/** What ran the graphs, and how that is known. */
export function deviceText({ provider, proof }: Pick<Validation, 'provider' | 'proof'>): string {
  return [provider, deviceOf(proof), proofText(proof)].filter(Boolean).join(' · ');
}

function checkRow({ name, against, ok, count, worst, output }: Check): Cell[] {
  return [
    name,
    against,
    String(count),
    worst === null ? '–' : scientific(worst.abs),
    worst === null || worst.abs === 0 ? '–' : placeOf(output, worst.where),
    worst === null ? '–' : scientific(worst.allowed),
    ok ? green('✓') : red('✗'),
  ];
}

/** The device by its name, and what it is if it is none. */
export function deviceOf({ adapter, software }: Pick<Validation['proof'], 'adapter' | 'software'>): string {
  if (adapter === null) return '';
  return software ? `${adapter}, a software device` : adapter;
}

/** How it is known what ran the nodes. */
export function proofText({
  level,
  nodes: { total, fallen },
}: {
  readonly level: string;
  readonly nodes: Pick<Validation['proof']['nodes'], 'total' | 'fallen'>;
}): string {
  const where =
    fallen.length === 0 ? `all ${total} nodes ran there` : `${fallen.length} of ${total} nodes ran elsewhere`;
  return `${level}: ${where}`;
}

/** What labelled data say, in a line. */
export function dataText({
  samples,
  top1,
  targetAngle,
  centreAngle,
}: Pick<NonNullable<Validation['data']>, 'samples' | 'top1' | 'targetAngle' | 'centreAngle'>): string {
  return [
    `${samples} samples`,
    top1 === null
      ? ''
      : `top-1 ${percent(top1.original)} before, ${percent(top1.cosine)} by cosine, untrained`,
    targetAngle === null ? '' : `${short(targetAngle)}° between an embedding and its class row`,
    centreAngle === null ? '' : `${short(centreAngle)}° between class centres`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
