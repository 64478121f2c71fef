/** Numbers in (0, 1], the same for the same seed everywhere: mulberry32. */
export function uniformNumbers(seed: number): () => number {
  // A seed may be as large as 2^53; both halves count.
  let state = seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 1) / 2 ** 32;
  };
}

/** Normally distributed numbers, two at a time: Box and Muller. */
export function gaussianNumbers(seed: number): () => number {
  const next = uniformNumbers(seed);
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
