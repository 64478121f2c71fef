import type { NumberArray } from './number-array.ts';
import type { Payload } from './proto.ts';

/** How many numbers a packed list of varints holds: each ends with a byte below 128. */
export function countVarints(payload: Payload): number {
  let count = 0;
  for (const chunk of payload.chunks()) for (const byte of chunk) if (byte < 0x80) count++;
  return count;
}

/** Fills an array from a packed list of as many varints; what does not fit an element wraps, as in every reader. */
export function readVarints(payload: Payload, into: NumberArray): void {
  const put = putter(into);
  // 28 bits of 4 bytes each; a byte after the tenth falls off the end.
  const parts = new Int32Array(3);
  let [index, length] = [0, 0];
  for (const chunk of payload.chunks()) {
    for (const byte of chunk) {
      const part = length >> 2;
      parts[part] = (parts[part] ?? 0) | ((byte & 0x7f) << (7 * (length & 3)));
      length++;
      if (byte >= 0x80) continue;
      const [low = 0, middle = 0, high = 0] = parts;
      put(index++, low | (middle << 28), (middle >> 4) | (high << 24));
      parts.fill(0);
      length = 0;
    }
  }
}

/** Writes elements as their lower and upper 32 bits. */
function putter(into: NumberArray): (index: number, low: number, high: number) => void {
  if (into.BYTES_PER_ELEMENT < 8)
    return (index, low) => {
      into[index] = low;
    };
  const words = new Int32Array(into.buffer);
  return (index, low, high) => {
    words[2 * index] = low;
    words[2 * index + 1] = high;
  };
}
