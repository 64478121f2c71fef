import { add, div, exp, input, mul, sqrt, square, sub } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';

/** A tensor that a step trains. */
export interface Trained {
  readonly name: string;
  /** It as an input. */
  readonly whole: Expr;
  /** What of it a step trains: all of it, or the part that it sees. */
  readonly value: Expr;
  /** Of the loss, of the same shape. */
  readonly gradient: Expr;
  /** What a memory of it goes in as: an input of this name, or the part of one that a step trains. Left out: the input. */
  readonly remembered?: (name: string) => Remembered;
  /** The part of the learning rate that it learns with; all of it unless given. */
  readonly share?: number;
  /** Whether weight decay pulls at it: at class rows yes, at thresholds and other single numbers no. */
  readonly decays: boolean;
}

/** A memory as it goes in. */
export interface Remembered {
  readonly input: Expr;
  /** What of it belongs to the tensor. */
  readonly before: Expr;
}

/** What an optimiser makes of a trained tensor. */
export interface Updated {
  readonly next: Expr;
  /** What it remembers of the tensor, by the names of the inputs; each goes in, starting at 0, and comes out new. */
  readonly memory: Readonly<Record<string, { readonly input: Expr; readonly next: Expr }>>;
}

/** What is the same for all tensors of a step. */
export interface StepInputs {
  /** The learning rate, a scalar. */
  readonly rate: Expr;
  /** The number of this step, a scalar, 1 at the first. */
  readonly step: Expr;
}

/** One way to turn gradients into new values. */
export type Optimiser = (trained: Trained, inputs: StepInputs) => Updated;

export const OPTIMISERS = ['sgd', 'adamw'] as const;

/** What is remembered of a tensor is called `<tensor>_<memory>`. */
export const MEMORIES = ['velocity', 'mean', 'square'] as const;

export interface OptimiserOptions {
  readonly optimiser: (typeof OPTIMISERS)[number];
  /** Of SGD. */
  readonly momentum: number;
  readonly weightDecay: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export function optimiserOf({ optimiser, momentum, weightDecay }: OptimiserOptions): Optimiser {
  return optimiser === 'sgd' ? sgd(momentum, weightDecay) : adamw(weightDecay);
}

function remembered(name: string, { value, remembered }: Trained): Remembered {
  if (remembered !== undefined) return remembered(name);
  const whole = input(name, 'float32', value.shape);
  return { input: whole, before: whole };
}

/** g ← g + λw, v ← μv + g, w ← w − ηv, as PyTorch's SGD has it (no dampening, no Nesterov). */
const sgd =
  (momentum: number, weightDecay: number): Optimiser =>
  (trained, { rate }) => {
    const { name, value, gradient, decays } = trained;
    const pulled = decays && weightDecay > 0 ? add(gradient, mul(weightDecay, value)) : gradient;
    if (momentum === 0) return { next: sub(value, mul(rate, pulled)), memory: {} };
    const memory = remembered(`${name}_velocity`, trained);
    const velocity = add(mul(momentum, memory.before), pulled);
    return {
      next: sub(value, mul(rate, velocity)),
      memory: { [`${name}_velocity`]: { input: memory.input, next: velocity } },
    };
  };

/**
 * Decoupled weight decay: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
 * w ← w − η(m̂ / (√v̂ + ε) + λw) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) (Loshchilov and Hutter, arXiv:1711.05101).
 */
const adamw =
  (weightDecay: number): Optimiser =>
  (trained, { rate, step }) => {
    const { name, value, gradient, decays } = trained;
    const [mean, square_] = [remembered(`${name}_mean`, trained), remembered(`${name}_square`, trained)];
    const nextMean = add(mul(BETA1, mean.before), mul(1 - BETA1, gradient));
    const nextSquare = add(mul(BETA2, square_.before), mul(1 - BETA2, square(gradient)));
    // βᵗ as exp(t·ln β): there is no power among the operations, and t is not known here.
    const unbiased = (x: Expr, beta: number) => div(x, sub(1, exp(mul(Math.log(beta), step))));
    const move = div(unbiased(nextMean, BETA1), add(sqrt(unbiased(nextSquare, BETA2)), EPSILON));
    const pulled = decays && weightDecay > 0 ? add(move, mul(weightDecay, value)) : move;
    return {
      next: sub(value, mul(rate, pulled)),
      memory: {
        [`${name}_mean`]: { input: mean.input, next: nextMean },
        [`${name}_square`]: { input: square_.input, next: nextSquare },
      },
    };
  };
