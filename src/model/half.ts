/** The number that a float16 is, exactly. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (fraction + 0x400) * 2 ** (exponent - 25);
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The number that a bfloat16 is: the upper half of a float32. */
export function fromBfloat(bits: number): number {
  word[0] = bits << 16;
  return float[0] ?? 0;
}

/** The float16 nearest to a number, ties to even; too large a one becomes infinite. */
export function toHalf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2⁻¹⁴ the steps are of one size; above, every doubling of the size doubles them.
  const exponent = Math.max(Math.floor(Math.log2(size)) - 10, -24);
  return sign | ((exponent + 24) * 0x400 + roundToEven(size / 2 ** exponent));
}

function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}
