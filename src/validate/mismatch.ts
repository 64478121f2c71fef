import { MarginError } from '../errors.ts';
import { type Check, OPEN_BATCH } from './checks.ts';

/** An element for people: `logits[3, 7]`. */
export function placeOf(output: string, where: readonly number[]): string {
  return where.length === 0 ? output : `${output}[${where.join(', ')}]`;
}

/** A distance for people: `1.2e-5`. */
export function scientific(value: number): string {
  return value === 0 || !Number.isFinite(value) ? String(value) : value.toExponential(1);
}

/** The finding that numbers disagree; null where they agree. */
export function mismatchOf({
  ok,
  checks,
}: {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}): MarginError | null {
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
          expected: `${first.worst.expected} by ${whose(first)}, within ${scientific(first.worst.allowed)}`,
        }),
    tryThis: [
      first?.name.startsWith(OPEN_BATCH)
        ? 'leave --open-batch out: samples of this model have a part in each other'
        : '--provider cpu, to tell a fault of the provider from one of the graph',
    ],
  });
}

const whose = ({ against }: Check) => (against.startsWith('the ') ? against : `the ${against}`);
