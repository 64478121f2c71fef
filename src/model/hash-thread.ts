import { createHash } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { giveSign, type HashState, STANDS } from './hash-ahead.ts';
import { fileSource, spanOf } from './source.ts';

/* The thread that `hashAhead` starts. An error is not told: whoever waits then hashes the file himself, and meets it. */

const state: HashState = workerData;
giveSign(state, STANDS.working);
try {
  const source = fileSource(state.path);
  const hash = createHash('sha256');
  for (const chunk of spanOf(source, 0, source.size).chunks()) {
    hash.update(chunk);
    giveSign(state, STANDS.working);
  }
  state.digest.set(hash.digest());
  giveSign(state, STANDS.done);
} catch {
  giveSign(state, STANDS.failed);
}
