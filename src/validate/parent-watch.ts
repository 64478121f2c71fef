import { workerData } from 'node:worker_threads';
import { removeScratch } from '../model/scratch.ts';

/* A thread beside one that may be blocked: when the parent of their process is no more, nobody waits for it. */

const { parent, scratch } = workerData as { readonly parent: number; readonly scratch: string | undefined };

setInterval(() => {
  if (process.ppid === parent) return;
  if (scratch !== undefined) removeScratch(scratch);
  process.kill(process.pid, 'SIGKILL');
}, 500);
