import { Worker } from 'node:worker_threads';

/** From this size on a thread is worth starting: it takes about as long to start as to hash so many bytes. */
export const WORTH_A_THREAD = 1 << 26;

/** A thread that gives no sign of life for so long (ms), at its start or later, is not waited for any longer. */
const PATIENCE = { start: 3000, later: 10_000 };

/** Memory that the thread and whoever waits for it both see. */
export interface HashState {
  readonly path: string;
  /** How often the thread gave a sign of life, and how it stands with it. */
  readonly signs: Int32Array<SharedArrayBuffer>;
  readonly digest: Uint8Array<SharedArrayBuffer>;
}

export const STANDS = { working: 0, done: 1, failed: 2 };

/** Tells whoever waits how it stands. */
export function giveSign({ signs }: HashState, stands: number): void {
  Atomics.store(signs, 1, stands);
  Atomics.add(signs, 0, 1);
  Atomics.notify(signs, 0);
}

/**
 * Begins to compute the SHA-256 of a file in a thread of its own, so that others work meanwhile. What it gives waits for
 * the thread, and gives the hash in hex; null where the thread could not do it.
 */
export function hashAhead(path: string): () => string | null {
  const state: HashState = {
    path,
    signs: new Int32Array(new SharedArrayBuffer(8)),
    digest: new Uint8Array(new SharedArrayBuffer(32)),
  };
  try {
    // What this process was started with, such as --input-type, is not for the thread.
    const thread = new Worker(new URL('./hash-thread.js', import.meta.url), {
      workerData: state,
      execArgv: [],
    });
    // A process that is done with all else need not wait for it.
    thread.unref();
    // Told only while nobody waits; then its silence tells.
    thread.on('error', () => giveSign(state, STANDS.failed));
  } catch {
    return () => null;
  }
  return () => (isDone(state) ? Buffer.from(state.digest).toString('hex') : null);
}

/** Waits, without turning to anything else: whoever asks needs the answer now. */
function isDone({ signs }: HashState): boolean {
  for (;;) {
    const seen = Atomics.load(signs, 0);
    const stands = Atomics.load(signs, 1);
    if (stands !== STANDS.working) return stands === STANDS.done;
    const patience = seen === 0 ? PATIENCE.start : PATIENCE.later;
    if (Atomics.wait(signs, 0, seen, patience) === 'timed-out') return false;
  }
}
