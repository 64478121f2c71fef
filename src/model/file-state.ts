import type { Stats } from 'node:fs';

/** What tells a file from another that took its name, and from itself after somebody wrote to it. */
export const stateOf = ({ dev, ino, size, mtimeMs }: Stats): string => `${dev}:${ino}:${size}:${mtimeMs}`;
