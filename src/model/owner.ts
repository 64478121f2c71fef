import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * Whose a temporary file is stands in its name, so that what a process left that was killed can be told from what another
 * one is working on.
 */

/** Where a process number means a process: this machine, and in it what a container sees. */
function realm(): string {
  return createHash('sha256').update(`${hostname()} ${namespace()}`).digest('hex').slice(0, 8);
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // Not Linux.
  }
}

/** A mark that nobody else has: letters, digits and `_`. */
export function ownMark(): string {
  return `${realm()}_${process.pid}_${randomBytes(6).toString('hex')}`;
}

/** Whether a mark is of a process of this machine that is no more. What cannot be told counts as somebody's. */
export function isAbandoned(mark: string): boolean {
  const [, place, pid] = /^([0-9a-f]{8})_(\d+)_[0-9a-f]{12}$/.exec(mark) ?? [];
  if (place !== realm()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
