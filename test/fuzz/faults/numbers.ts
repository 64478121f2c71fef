/** 1 … n. */
export const numbersTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

/** The last so many of some things, where they are put into place, and so many of those before, evenly. */
export function mostlyLast<T>(all: readonly T[], last: number, before: number): readonly T[] {
  const earlier = all.slice(0, -last);
  const stride = Math.max(1, earlier.length / before);
  const chosen = Array.from({ length: Math.floor(earlier.length / stride) }, (_, i) =>
    Math.floor(i * stride),
  );
  return [...chosen.flatMap((i) => earlier.slice(i, i + 1)), ...all.slice(-last)];
}
