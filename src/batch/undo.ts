/** Says how to take back what was just done. */
export type Undo = (step: () => Promise<void>) => void;

/** Does work that must leave nothing behind unless it ends well: an error takes back every step that was named, the last first. */
export async function takingBack<T>(work: (undo: Undo) => Promise<T>): Promise<T> {
  const steps: (() => Promise<void>)[] = [];
  try {
    return await work((step) => steps.push(step));
  } catch (error) {
    for (const step of steps.splice(0).reverse()) await step();
    throw error;
  }
}
