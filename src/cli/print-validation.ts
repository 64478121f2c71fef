import { MarginError } from '../errors.ts';
import type { Check, Validation } from '../index.ts';
import type { Sink } from './io.ts';
import { type Cell, dim, green, line, red, short, table } from './text.ts';

/** Every check in a row, what ran the graphs and how that is known, and what the user's data says. */
export function printValidation({ provider, proof, checks, data, notes }: Validation, out: Sink): void {
  const head = ['check', 'against', 'numbers', 'worst |Δ|', 'where', 'allowed', ''].map(dim);
  table(out, [head, ...checks.map(checkRow)]);
  line(out);
  const facts: [string, string][] = [
    ['on', [provider, deviceOf(proof), proofText(proof)].filter(Boolean).join(' · ')],
  ];
  if (data !== null) facts.push(['data', dataText(data)]);
  for (const note of notes) facts.push(['note', note]);
  table(
    out,
    facts.map(([name, text]) => [dim(name), text]),
    { wrap: true },
  );
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

/** An element of an output: `logits[455, 9]`. */
export function placeOf(output: string, where: readonly number[]): string {
  return where.length === 0 ? output : `${output}[${where.join(', ')}]`;
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

/** A number for people, as 3.8e-5. */
export function scientific(value: number): string {
  return value === 0 || !Number.isFinite(value) ? String(value) : value.toExponential(1);
}

/** The finding that numbers disagree; null where they agree. */
export function mismatchOf({ ok, checks }: Validation): MarginError | null {
  if (ok) return null;
  const failed = checks.filter((check) => !check.ok);
  const [first] = failed;
  return new MarginError({
    code: 'MISMATCH',
    message: `${failed.length} of ${checks.length} checks are out of tolerance.`,
    ...(first?.worst == null
      ? {}
      : {
          saw: `${first.name}: ${placeOf(first.output, first.worst.where)} = ${first.worst.got}`,
          expected: `${first.worst.expected} by the ${first.against}, within ${scientific(first.worst.allowed)}`,
        }),
    tryThis: ['--provider cpu, to tell a fault of the provider from one of the graph'],
  });
}
