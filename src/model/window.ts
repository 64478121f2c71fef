import type { Reading } from './source.ts';
import type { ByteAt } from './wire.ts';

const SMALLEST = 1 << 12;
const LARGEST = 1 << 16;

/**
 * Single bytes of a source through one window that moves along. It grows while the reading goes on where it ended, and
 * is small again after a jump: what is jumped over is not read.
 */
export function windowOver(reading: Reading, size: number): ByteAt {
  let [from, length] = [0, SMALLEST];
  let bytes: Uint8Array = new Uint8Array(0);
  return (offset) => {
    const known = bytes[offset - from];
    if (known !== undefined) return known;
    length = offset === from + bytes.length ? Math.min(length * 2, LARGEST) : SMALLEST;
    bytes = reading.readShared(offset, Math.min(length, size - offset));
    from = offset;
    return bytes[0] ?? 0;
  };
}
