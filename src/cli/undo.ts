const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Says how to take back what was just done. */
export type Undo = (step: () => Promise<void>) => void;

/**
 * Does work that must leave nothing behind unless it ends well: an error or a signal takes back every step that was
 * named, the last one first. A signal then ends the process as it would have done by itself.
 */
export async function orUndo<T>(work: (undo: Undo) => Promise<T>): Promise<T> {
  const steps: (() => Promise<void>)[] = [];
  const undoAll = async () => {
    for (const step of steps.splice(0).reverse()) await step();
  };
  const release = () => {
    for (const signal of SIGNALS) process.removeListener(signal, interrupted);
  };
  const interrupted = (signal: NodeJS.Signals) => {
    void undoAll().finally(() => {
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
