import { uniformNumbers } from '../random.ts';

/** The classes that a step sees, and the labels of its batch as places among them. */
export interface SampledBatch {
  /** `[S]`, each once, in ascending order. */
  readonly rows: Int32Array;
  /** As many as there were; those that are ignored stay. */
  readonly labels: Int32Array;
}

/**
 * Draws the classes of a step: those of its labels, and others until there are `count`, each of these as likely as the next.
 * The same seed gives the same classes. What is no class (a label that is ignored) asks for none.
 */
export function sampleClasses(
  labels: Int32Array,
  classes: number,
  count: number,
  seed: number,
): SampledBatch {
  const present = new Set(labels.filter((label) => label >= 0 && label < classes));
  const places = new Map<number, number>();
  const rows = new Int32Array(count);
  const draw = uniformNumbers(seed);
  // Each class in turn, with the chance that fills what is left from what is left (Knuth, TAOCP 2, algorithm S).
  let [wanted, left] = [count - present.size, classes - present.size];
  for (let label = 0, place = 0; label < classes; label++) {
    const own = present.has(label);
    if (!own) {
      const chosen = draw() * left <= wanted && wanted > 0;
      left--;
      if (!chosen) continue;
      wanted--;
    }
    rows[place] = label;
    places.set(label, place++);
  }
  return { rows, labels: labels.map((label) => places.get(label) ?? label) };
}
