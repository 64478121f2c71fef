import type { Training } from '../index.ts';
import { short } from './text.ts';

const percent = (part: number | undefined, digits = 1) =>
  part === undefined ? '–' : `${(100 * part).toFixed(digits)} %`;
const degrees = (angle: number) => `${angle.toFixed(1)}°`;

/** A figure before and after training, as texts. */
export interface FigureRow {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

type Measured = Training['before'];

/** All figures that training may have changed, one a row. */
export function figures({
  before,
  after,
  originalTop1,
}: Pick<Training, 'before' | 'after' | 'originalTop1'>) {
  const fars = before.verification?.tarAtFar.map(({ far }) => far) ?? [];
  const tarAt = (wanted: number, { verification }: Measured) =>
    percent(verification?.tarAtFar.find(({ far }) => far === wanted)?.tar);
  const row = (what: string, of: (measured: Measured) => string): FigureRow => {
    return { what, before: of(before), after: of(after) };
  };
  const top1 = row('top-1', (measured) => percent(measured.top1));
  const original = originalTop1 === null ? '' : ` (the original ${percent(originalTop1)})`;
  return [
    { ...top1, before: `${top1.before}${original}` },
    row('angle to the own class', ({ targetAngle }) => degrees(targetAngle)),
    row('angle to the nearest other', ({ otherAngle }) => degrees(otherAngle)),
    row('angle between class rows', ({ rowAngle }) =>
      rowAngle === null ? '–' : `${degrees(rowAngle.mean)}, least ${degrees(rowAngle.least)}`,
    ),
    row('equal error rate', ({ verification }) => percent(verification?.eer, 2)),
    ...fars.map((far) => row(`accepted at FAR ${far}`, (measured) => tarAt(far, measured))),
  ];
}

/** With what, how long and to which loss. */
export function trainedText({
  samples,
  steps,
  seconds,
  early,
  epoch,
  history,
}: Omit<Training, 'regime' | 'proof'>) {
  return [
    `${samples.training} to train with, ${samples.heldBack} held back`,
    `${steps} steps in ${seconds.training.toFixed(1)} s${early ? `, ended early; epoch ${epoch} kept` : ''}`,
    `loss ${short(history[0]?.loss ?? Number.NaN)} → ${short(history.at(-1)?.loss ?? Number.NaN)}`,
  ].join(' · ');
}

/** What the figures are of, and what they are not. */
export function sayWhere({ before, measuredOn, after, pairs }: Omit<Training, 'regime' | 'proof'>): string {
  const whose = measuredOn === 'held-back' ? 'held-back samples' : 'samples that were trained with';
  const { genuine = 0, impostors = 0 } = after.verification ?? {};
  const kinds = `${genuine} pairs of one class, ${impostors} of two`;
  const whole = `Of ${before.samples} ${whose}. Errors are those of an embedding against a class row (${kinds}).`;
  if (pairs === null) return whole;
  return `${whole} Embeddings against each other have an equal error rate of ${percent(pairs.eer, 2)} before and after: the backbone stays as it is.`;
}
