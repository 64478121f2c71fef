import type { Tolerance } from './compare.ts';
import type { Provider } from './messages.ts';

/** A unit in the last place of float32 just below 1. */
const UNIT = 2 ** -24;

/** How many times coarser a GPU may be: its exp, division and square root are good to a few units, not to half of one. */
const COARSER = { cpu: 1, webgpu: 8, cuda: 8, dml: 8, coreml: 8 } as const satisfies Record<Provider, number>;

/*
 * `drift` below is what the embedding itself may be off, as a part of its length: 0 where the head is judged by the
 * embedding of the same run. Cosines, and numbers of a length's size, are then off by as much.
 */

/**
 * How much a cosine of D products may be off: normalising costs a few roundings; those of a sum of D products add up like a
 * random walk; those of a sum of D squares, none below zero, do not cancel where the elements are alike, and kernels keep
 * eight partial sums or more. Twice the first two, since they are means and this is a bound.
 */
export function cosineEpsilon(provider: Provider, dim: number, drift = 0): number {
  return UNIT * (8 + 2 * Math.sqrt(dim) + dim / 8) * COARSER[provider] + drift;
}

export function cosineTolerance(provider: Provider, dim: number, drift = 0): Tolerance {
  return {
    rtol: 0,
    atol: cosineEpsilon(provider, dim, drift),
    reason: `the roundings of float32 in two norms and a sum of ${dim} products`,
  };
}

/**
 * Logits: what an error of the cosine makes of them where ψ is steep or jumps is allowed element by element (`slack`);
 * this is for what they are multiplied with. Lengths are roots of sums of D squares, as far off as a cosine is.
 */
export function logitTolerance(provider: Provider, dim: number, drift = 0): Tolerance {
  return {
    rtol: cosineEpsilon(provider, dim, drift),
    atol: 1e-6 * COARSER[provider],
    reason: `float32 in lengths of ${dim} elements, and whatever an error of the cosine becomes by the slope of ψ there`,
  };
}

/**
 * A logarithm of a sum less a logit, both as large as the logits: their roundings do not get smaller with the loss. Where a
 * loss is itself a sum, its `addends` are of one sign and roundings do not cancel; kernels keep eight partial sums or more.
 */
export function lossTolerance(provider: Provider, largestLogit: number, addends: number): Tolerance {
  return {
    rtol: UNIT * (8 + addends / 8) * COARSER[provider],
    atol: (1e-6 + 4 * UNIT * largestLogit) * COARSER[provider],
    reason: 'a few roundings of float32 of numbers as large as the logits',
  };
}

/** A mean over the samples of a batch, mixed with what was before. */
export function stateTolerance(provider: Provider, dim: number, drift = 0): Tolerance {
  return {
    rtol: 2 * cosineEpsilon(provider, dim, drift),
    atol: cosineEpsilon(provider, dim, drift),
    reason: `float32 in lengths and cosines of ${dim} elements, and in their mean`,
  };
}

/**
 * What a training step makes: off by a few roundings of what it changes, and by what becomes of it when every target's cosine
 * is off by as much as a cosine may be, twice that since lengths and the others' cosines are off as well.
 */
export function stepTolerance(provider: Provider, change: number, slack: number): Tolerance {
  return {
    rtol: 4 * UNIT * COARSER[provider],
    atol: 1e-9 + 256 * UNIT * change * COARSER[provider] + 2 * slack,
    reason:
      'a few roundings of float32, and whatever an error of the cosine becomes in the softmax and by the slope of ψ',
  };
}

/** Unit vectors and probabilities: elements of at most 1. */
export function unitTolerance(provider: Provider, drift = 0): Tolerance {
  return {
    rtol: 16 * UNIT * COARSER[provider],
    atol: 4 * UNIT * COARSER[provider] + drift,
    reason: 'a few roundings of float32',
  };
}

/** Half a unit in the last place, as a part of a number, of the types that a runtime may compute around. */
const ROUNDINGS: Readonly<Record<string, number>> = { float16: 2 ** -11, bfloat16: 2 ** -8 };

/**
 * What an embedding may be off from the one that the head reads: where the backbone is of half precision and computed in
 * float32, ONNX Runtime takes out the cast to it and back, so the head has numbers that were never rounded.
 */
export function unroundedDrift(element: string): number {
  return ROUNDINGS[element] ?? 0;
}

/** The backbone is the same on the CPU, node for node, so nothing may differ. */
export const SAME: Tolerance = {
  rtol: 0,
  atol: 0,
  reason: 'the same nodes on the same provider: bit for bit',
};

/** A backbone on another provider sums in another order, layer after layer; float16 has 10 bits of fraction. */
export function backboneTolerance(element: string, largest: number): Tolerance {
  const part = element === 'float16' || element === 'bfloat16' ? 2e-2 : 1e-3;
  return {
    rtol: part,
    atol: part * largest,
    reason: `a backbone in ${element} sums in another order on another provider, layer after layer`,
  };
}

/** The same backbone on the CPU with another number of samples at once: products may be summed in other blocks. */
export function otherBatchTolerance(element: string, largest: number): Tolerance {
  const part = element === 'float16' || element === 'bfloat16' ? 2e-2 : 2 ** 8 * UNIT;
  return {
    rtol: part,
    atol: part * largest,
    reason: 'products of more rows may be summed in another order, layer after layer',
  };
}

/** A backbone on the CPU whose BatchNormalization nodes were written as products and sums. */
export function fixedNormsTolerance(largest: number): Tolerance {
  return {
    rtol: 2 ** 7 * UNIT,
    atol: 2 ** 7 * UNIT * largest,
    reason: 'a rounding of float32 more in each BatchNormalization, carried through the layers behind it',
  };
}
