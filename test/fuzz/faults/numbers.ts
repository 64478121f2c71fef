/** 1 … n. */
export const numbersTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

/** Of 1 … n all near a number, and so many others, evenly. */
export function mostlyNear(n: number, place: number, many: number): readonly number[] {
  const near = (i: number) => i > place - 20 && i < place + 5;
  const others = numbersTo(n).filter((i) => !near(i));
  const stride = Math.max(1, Math.ceil(others.length / many));
  return [...others.filter((_, i) => i % stride === 0), ...numbersTo(n).filter(near)];
}
