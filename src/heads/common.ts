import { input } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { tensor } from '../expr/kernels.ts';

/** The scale s: the radius of the sphere the logits live on. */
export const scale = (value: number) =>
  ({
    kind: 'number',
    letter: 's',
    default: value,
    range: { above: 0 },
    help: 'scale: what every cosine is multiplied with',
  }) as const;

/** λ of L-Softmax and A-Softmax. */
export const lambda = (value: number) =>
  ({
    kind: 'number',
    letter: 'λ',
    default: value,
    range: { min: 0 },
    help: 'weight of the plain cosine in the target; an input of the training graph, so that a loop can lower it',
  }) as const;

/** The integer m that multiplies an angle. */
export const multiple = (value: number) =>
  ({
    kind: 'integer',
    letter: 'm',
    default: value,
    range: { min: 1, max: 8 },
    help: 'what the target angle is multiplied with',
  }) as const;

/** A number that may be given anew at every run, under its own name; `value` where it is not. */
export function runtime(name: string, value: number): Expr {
  return input(name, 'float32', [], tensor(value));
}
