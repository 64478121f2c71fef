import { writeSync } from 'node:fs';

/**
 * Says something on stderr at once. Not by `process.stderr`, which makes the pipe one that does not wait: what native code
 * writes there is then lost where the reader is slow.
 */
export function sayOnStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads it.
  }
}
