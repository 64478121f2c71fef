import { sayOnStderr } from '../model/stderr.ts';

// Not SIGHUP: whoever runs us by nohup has it ignored, and a listener would undo that.
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Says how to take back what was just done. */
export type Undo = (step: () => Promise<void>) => void;

/**
 * Does work that must leave nothing behind unless it ends well: an error or a signal takes back every step that was
 * named, the last one first. A signal then ends the process as it would have done by itself. What cannot be taken back,
 * such as moving files into place, must be the last that the work does, without a pause before its end. `state` is what
 * the signal leaves, for people.
 */
export async function orUndo<T>(
  work: (undo: Undo) => Promise<T>,
  say = (text: string) => sayOnStderr(`${text}\n`),
  state = 'nothing was written, and what was there is as it was',
): Promise<T> {
  const steps: (() => Promise<void>)[] = [];
  const undoAll = async () => {
    for (const step of steps.splice(0).reverse()) await step();
  };
  const release = () => {
    for (const signal of SIGNALS) process.removeListener(signal, interrupted);
  };
  let ending = false;
  const interrupted = (signal: NodeJS.Signals) => {
    // A second one does not keep the first from its work.
    if (ending) return;
    ending = true;
    void undoAll().finally(() => {
      say(`${signal}: interrupted; ${state}`);
      release();
      process.kill(process.pid, signal);
    });
  };
  for (const signal of SIGNALS) process.on(signal, interrupted);
  try {
    return await work((step) => steps.push(step));
  } catch (error) {
    await undoAll();
    throw error;
  } finally {
    release();
  }
}
