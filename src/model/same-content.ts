import { type Stats, statSync } from 'node:fs';
import { fileSource, spanOf } from './source.ts';

/** Whether two paths are those of files with the same bytes, or of one file. */
export function sameContent(path: string, target: string): boolean {
  const [first, second] = [path, target].map((each) => statSync(each, { throwIfNoEntry: false }));
  if (!first?.isFile() || !second?.isFile() || first.size !== second.size) return false;
  return sameFile(first, second) || sameBytes(path, target);
}

const sameFile = (a: Stats, b: Stats) => a.dev === b.dev && a.ino === b.ino;

function sameBytes(path: string, target: string): boolean {
  const [a, b] = [fileSource(path), fileSource(target)];
  const others = spanOf(b, 0, b.size).chunks()[Symbol.iterator]();
  for (const chunk of spanOf(a, 0, a.size).chunks()) {
    const other = others.next();
    if (other.done || Buffer.compare(chunk, other.value) !== 0) return false;
  }
  return true;
}
