import { Worker } from 'node:worker_threads';
import { removeScratch } from '../model/scratch.ts';

/**
 * Ends this process when its parent is no more, however that ended, and removes the folder of files that they shared. A
 * run may block this thread for ever, so another one looks too.
 */
export function endWithParent(scratch: string | undefined): void {
  // What a terminal sends goes to all of its processes: it is the parent that decides.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const end = () => {
    if (scratch !== undefined) removeScratch(scratch);
    process.exit(0);
  };
  process.on('disconnect', end);
  if (process.connected !== true) end();
  const watch = new URL('./parent-watch.js', import.meta.url);
  // Streams of its own: led into those of the process, they would make pipes that do not wait (see `sayOnStderr`).
  new Worker(watch, { workerData: { parent: process.ppid, scratch }, stdout: true, stderr: true }).unref();
}
