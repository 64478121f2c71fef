/** A number of 2, 4 or 8 bits among bytes from `start` on, the lowest bits of a byte first. */
export function fieldAt(bytes: ArrayLike<number>, start: number, index: number, bits: number): number {
  const inByte = 8 / bits;
  const byte = bytes[start + Math.floor(index / inByte)] ?? 0;
  return (byte >> ((index % inByte) * bits)) & (2 ** bits - 1);
}
