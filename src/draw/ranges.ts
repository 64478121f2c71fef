import type { Point } from './curves.ts';

/** The gains worth showing: near 0° and 180° many grow without bound, so their axis is what is needed between 10° and 170°. */
export function gainRange(lines: readonly (readonly Point[])[]): [number, number] {
  const values = lines
    .flat()
    .filter(({ degrees, value }) => degrees >= 10 && degrees <= 170 && Number.isFinite(value))
    .map(({ value }) => value);
  const most = values.reduce((a, b) => Math.max(a, b), 1);
  const least = values.reduce((a, b) => Math.min(a, b), 0);
  const room = 0.05 * (most - least);
  return [least < 0 ? least - room : 0, most + room];
}
