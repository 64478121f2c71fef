import { isMarginError } from '../errors.ts';
import type { Head } from '../heads/head.ts';
import { isMargin, type Values } from '../heads/parameters.ts';
import type { RateSchedule } from './choices.ts';

const FALLS: Readonly<Record<RateSchedule, (part: number) => number>> = {
  cosine: (part) => (1 + Math.cos(Math.PI * part)) / 2,
  linear: (part) => 1 - part,
  constant: () => 1,
};

/**
 * The learning rate of a step, counted from 0: it rises in a line over the first `warmup` steps, and falls over all the
 * others.
 */
export function rateAt(
  step: number,
  {
    steps,
    warmup,
    lr,
    schedule,
  }: {
    readonly steps: number;
    readonly warmup: number;
    readonly lr: number;
    readonly schedule: RateSchedule;
  },
): number {
  if (step < warmup) return (lr * (step + 1)) / (warmup + 1);
  return lr * FALLS[schedule]((step - warmup) / Math.max(1, steps - warmup));
}

/**
 * λ of a step: from `from` down to `to` in equal ratios over the first `warmup` steps, as SphereFace's λ falls from 1000
 * (arXiv:1704.08063); counted from 1 on so that it may end at 0.
 */
export function lambdaAt(step: number, from: number, to: number, warmup: number): number {
  if (step >= warmup || from <= to) return to;
  return (1 + from) ** (1 - step / warmup) * (1 + to) ** (step / warmup) - 1;
}

/** In how many steps a margin grows: each is a graph of its own. */
const STAGES = 10;

/** The part of its margin that a head has in a step: a tenth at first, 1 from the end of the warm-up on. */
export function marginShareAt(step: number, warmup: number): number {
  return step >= warmup ? 1 : (Math.floor((STAGES * step) / warmup) + 1) / STAGES;
}

/**
 * The values of a head with a part of its margin. One that may not be 0 multiplies an angle or is a power, and is none at
 * 1; all others are none at 0. Whole ones stay whole.
 */
export function withMarginShare(head: Head, values: Values, share: number): Values {
  if (share === 1) return values;
  const eased = Object.entries(head.parameters).flatMap(([name, { kind }]) => {
    const full = values[name];
    if (typeof full !== 'number' || !isMargin(name)) return [];
    const none = takes(head, { ...values, [name]: 0 }) ? 0 : 1;
    const part = none + (full - none) * share;
    return [[name, kind === 'integer' ? Math.round(part) : part] as const];
  });
  return { ...values, ...Object.fromEntries(eased) };
}

function takes(head: Head, values: Values): boolean {
  try {
    head.parse(values);
    return true;
  } catch (error) {
    if (isMarginError(error)) return false;
    throw error;
  }
}
