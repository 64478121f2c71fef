import { bytesOf, fileSource, spanOf } from './source.ts';

/**
 * All bytes of a regular file: a device has no end, and a pipe may have nobody who writes to it.
 * @throws MarginError UNREADABLE_MODEL, for the caller to say what was to be read
 */
export function wholeFile(path: string): Uint8Array {
  const source = fileSource(path);
  return bytesOf([spanOf(source, 0, source.size)]);
}
