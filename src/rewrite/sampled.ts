import { input, reshape, rows } from '../expr/build.ts';
import type { Expr, Shape } from '../expr/expr.ts';
import { MEMORIES, type Remembered } from './optimisers.ts';
import type { Plan } from './plan.ts';
import { trainedInputs } from './training.ts';

/*
 * Partial FC (An et al., arXiv:2203.15565): a step sees the classes of its samples and some others, drawn anew each time.
 * Everything that has a row or a number for each class goes in whole, and the step picks those of `rows`; what comes out is
 * of the classes that were picked, in their order, for the host to write back. Labels then count in that order too. Where
 * the host picks what is trained as well (`rowsGiven`), that goes in as it comes out.
 */

/** Which classes a step sees, `[S]`, each once. */
export const ROWS = 'rows';

/** How a tensor lies that has something for each class. */
interface PerClass {
  /** How many numbers a class has, one behind the other. */
  readonly each: number;
  /** Its shape for so many classes. */
  readonly shape: (classes: number) => Shape;
}

/** `[C·K, D]`, `[C]` or `[1, C]`; null for what has nothing for each class. */
function perClass({ tail, needs: { centres } }: Plan, { shape }: Expr): PerClass | null {
  const { classes } = tail.weight;
  const [first, second] = shape;
  if (first === classes * centres && second !== undefined)
    return { each: centres * Number(second), shape: (count) => [count * centres, second] };
  if (first === classes) return { each: 1, shape: (count) => [count] };
  return first === 1 && second === classes ? { each: 1, shape: (count) => [1, count] } : null;
}

/** Picks the sampled classes of whatever has something for each class. */
export interface Sampling {
  /** Those classes of something whole; what has nothing for each class stays. */
  readonly pick: (whole: Expr) => Expr;
  /** The same of an input, as an input of them alone. */
  readonly part: (whole: Expr) => Expr;
  /** A memory that goes in whole. */
  readonly remembered: (whole: Expr) => (name: string) => Remembered;
}

export function samplingOf(plan: Plan, sampled: number): Sampling {
  const { classes } = plan.tail.weight;
  const index = input(ROWS, plan.labelType, [sampled]);
  const pick = (whole: Expr): Expr => {
    const lies = perClass(plan, whole);
    if (lies === null) return whole;
    // The centres of a class are rows one below the other.
    const table = whole.shape[0] === classes ? whole : reshape(whole, tableOf(classes, lies));
    const picked = rows(table, index);
    return table === whole ? picked : reshape(picked, lies.shape(sampled));
  };
  return {
    pick,
    part: (whole) =>
      input(whole.name ?? '', whole.dtype, perClass(plan, whole)?.shape(sampled) ?? whole.shape),
    remembered: (whole) => (name) => {
      const memory = input(name, 'float32', whole.shape);
      return { input: memory, before: pick(memory) };
    },
  };
}

/** A row a class. */
const tableOf = (classes: number, { each }: PerClass): Shape => (each === 1 ? [classes] : [classes, each]);

/** A tensor of a step that has something for each class. */
export interface ClassTensor {
  /** Of all classes. */
  readonly dims: readonly number[];
  /** How many numbers a class has, one behind the other. */
  readonly each: number;
}

/** What a step trains that has something for each class, and what is remembered of it, by the names of its inputs. */
export function classTensors(plan: Plan): ReadonlyMap<string, ClassTensor> {
  const { classes } = plan.tail.weight;
  const found = trainedInputs(plan).flatMap((whole): [string, ClassTensor][] => {
    const lies = perClass(plan, whole);
    if (lies === null) return [];
    const tensor = { dims: lies.shape(classes).map(Number), each: lies.each };
    const name = whole.name ?? '';
    return [name, ...MEMORIES.map((memory) => `${name}_${memory}`)].map((each) => [each, tensor]);
  });
  return new Map(found);
}
