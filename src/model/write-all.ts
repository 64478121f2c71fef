import { writeSync } from 'node:fs';

/**
 * Writes all of some bytes to an open file, from a place on or where it stands (`null`): a system may take a part of
 * them alone, as a disk does that has little room left, and says why only when it is asked again.
 */
export function writeAll(fd: number, bytes: Uint8Array, at: number | null = null): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, at === null ? null : at + done);
}
