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
type Verified = Measured['verification'];

/** All figures that training may have changed, one a row. */
export function figures({
  before,
  after,
  originalTop1,
  layers,
}: Pick<Training, 'before' | 'after' | 'originalTop1' | 'layers'>) {
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
    ...errors(row, '', before.verification, ({ verification }) => verification),
    // Of a frozen backbone they are the same before and after.
    ...(layers.length === 0 ? [] : errors(row, 'two embeddings: ', before.pairs, ({ pairs }) => pairs)),
  ];
}

/** The errors of one kind of verification; `first` tells which rates there are pairs enough for. */
function errors(
  row: (what: string, of: (measured: Measured) => string) => FigureRow,
  kind: string,
  first: Verified,
  of: (measured: Measured) => Verified,
): FigureRow[] {
  const tarAt = (wanted: number, verified: Verified) =>
    percent(verified?.tarAtFar.find(({ far }) => far === wanted)?.tar);
  return [
    row(`${kind}equal error rate`, (measured) => percent(of(measured)?.eer, 2)),
    ...(first?.tarAtFar ?? []).map(({ far }) =>
      row(`${kind}accepted at FAR ${far}`, (measured) => tarAt(far, of(measured))),
    ),
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
export function sayWhere({ before, measuredOn, after, layers }: Omit<Training, 'regime' | 'proof'>): string {
  const whose = measuredOn === 'held-back' ? 'held-back samples' : 'samples that were trained with';
  const kinds = (verified: Verified) =>
    `${verified?.genuine ?? 0} pairs of one class, ${verified?.impostors ?? 0} of two`;
  const whole = `Of ${before.samples} ${whose}. Errors are those of an embedding against a class row (${kinds(after.verification)}).`;
  const { pairs } = after;
  if (pairs === null) return whole;
  if (layers.length > 0) return `${whole} Two embeddings: ${kinds(pairs)}.`;
  return `${whole} Embeddings against each other have an equal error rate of ${percent(pairs.eer, 2)} before and after: the backbone stays as it is.`;
}
