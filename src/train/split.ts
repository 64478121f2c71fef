import { uniformNumbers } from '../random.ts';

/** Indices of samples to train with and of those held back, each in ascending order. */
export interface Split {
  readonly training: Uint32Array;
  readonly heldBack: Uint32Array;
}

/** Numbers 0 … count − 1 in an order that the seed decides: Fisher and Yates. */
export function shuffled(count: number, seed: number): Uint32Array {
  return shuffle(
    Uint32Array.from({ length: count }, (_, i) => i),
    seed,
  );
}

/** The same numbers in an order that the seed decides, in place. */
export function shuffle(order: Uint32Array, seed: number): Uint32Array {
  const draw = uniformNumbers(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.min(i, Math.floor(draw() * (i + 1)));
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}

/**
 * Holds back the same part of every class, rounded, but never the last sample of one; those of a group (the tokens of a
 * sentence) stay together, and a group counts by the label of its first.
 */
export function split(
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
  part: number,
  seed: number,
): Split {
  const members = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const group = groups[i] ?? 0;
    const list = members.get(group);
    if (list === undefined) members.set(group, [i]);
    else list.push(i);
  }
  const byClass = new Map<number, number[]>();
  for (const [group, [first = 0]] of members) {
    const label = labels[first] ?? 0;
    const list = byClass.get(label);
    if (list === undefined) byClass.set(label, [group]);
    else list.push(group);
  }
  const held = new Set<number>();
  for (const [label, list] of [...byClass].sort(([a], [b]) => a - b)) {
    const count = Math.min(list.length - 1, Math.round(part * list.length));
    const order = shuffle(Uint32Array.from(list), seed * 1_000_003 + label);
    for (const group of order.subarray(0, count)) held.add(group);
  }
  const indices = Array.from({ length: labels.length }, (_, i) => i);
  return {
    training: Uint32Array.from(indices.filter((i) => !held.has(groups[i] ?? 0))),
    heldBack: Uint32Array.from(indices.filter((i) => held.has(groups[i] ?? 0))),
  };
}
