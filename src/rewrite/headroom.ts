import { isMarginError } from '../errors.ts';
import { startOf } from '../heads/curve.ts';
import type { Head, Sizes } from '../heads/head.ts';
import { flagOf, isMargin, type Parameter, type Range, type Values } from '../heads/parameters.ts';
import { widestAngle } from './bounds.ts';

/**
 * By how much the target's logit is above all others, as a part of the largest, where it can be most: the embedding lies
 * on its class row, and all other rows are as far away as the nearest two of C rows can be. For CosFace this is positive
 * for m < 1 − cos A, for ArcFace for m < A, A being `widestAngle`.
 */
export function headroom(head: Head, values: Values, sizes: Sizes, angle: number): number {
  // Others are all alike, and they may be a million.
  const classes = Math.min(sizes.classes, FEW);
  const logits = head.reference.logits(
    {
      theta: Array.from({ length: classes }, (_, j) => (j === 0 ? 0 : angle)),
      label: 0,
      counts: true,
      xNorm: 1,
      wNorm: new Array<number>(classes).fill(1),
      bias: new Array<number>(classes).fill(0),
      taken: startOf(head.needs(values, sizes).takes),
    },
    values,
  );
  const [target = Number.NaN, other = Number.NaN] = logits;
  return (target - other) / Math.max(Math.abs(target), Math.abs(other), Number.MIN_VALUE);
}

/** As many classes as a head may ask for. */
const FEW = 3;

/** What a rounding of float64 may make of a headroom of 0. */
export const NONE = 1e-12;

/** A parameter that is a margin, and below which value there is headroom: 0 where none leaves any, null where all in its range do. */
export interface MarginBound {
  readonly parameter: string;
  readonly flag: string;
  readonly default: number;
  readonly below: number | null;
}

/** The margins of a head with their bounds, one at a time, the others being as in `values`. */
export function marginBounds(head: Head, values: Values, { classes, dim }: Sizes): MarginBound[] {
  const { angle } = widestAngle(classes, dim);
  const few = { classes: Math.min(classes, FEW), dim };
  return Object.entries(head.parameters).flatMap(([name, parameter]): MarginBound[] => {
    if (!isNumber(parameter) || !isMargin(name)) return [];
    const fits = (value: number) => hasRoom(head, { ...values, [name]: value }, few, angle);
    const given = values[name];
    const usual = typeof given === 'number' ? given : parameter.default;
    return [
      {
        parameter: name,
        flag: `--${flagOf(name)}`,
        default: usual,
        below: firstUnfit(parameter.range, fits),
      },
    ];
  });
}

/** Whether there is headroom; values that a head does not take beside its others leave none. */
function hasRoom(head: Head, values: Values, sizes: Sizes, angle: number): boolean {
  try {
    return headroom(head, values, sizes, angle) > NONE;
  } catch (error) {
    if (isMarginError(error)) return false;
    throw error;
  }
}

const isNumber = (parameter: Parameter) => parameter.kind === 'number';

/** Where what fits ends, by halving: 50 steps are more than float64 tells apart. */
function firstUnfit(range: Range, fits: (value: number) => boolean): number | null {
  let low = range.min ?? range.above ?? 0;
  let high = range.max ?? range.below ?? MOST;
  // The end of an open range is not a value that a head takes.
  if (fits(range.below === undefined ? high : low + (high - low) * (1 - 1e-9))) return null;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (middle > (range.above ?? Number.NEGATIVE_INFINITY) && fits(middle)) low = middle;
    else high = middle;
  }
  return high < LEAST ? 0 : high;
}

/** A margin below which none is worth speaking of. */
const LEAST = 1e-9;

/** No margin of a head without an upper limit is larger. */
const MOST = 100;
