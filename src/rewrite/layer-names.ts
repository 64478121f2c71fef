import { MEMORIES } from './optimisers.ts';
import type { Plan } from './plan.ts';

/** The names that a trained tensor brings along: its gradient, what the optimiser remembers of it, and what is new. */
function related(name: string): string[] {
  const carried = [name, ...MEMORIES.map((memory) => `${name}_${memory}`)];
  return [`d_${name}`, ...carried.flatMap((each) => [each, `${each}_next`])];
}

/** Names of the step graph, so that what comes from the model does not meet what the head is fed with. */
export class NamesTaken {
  readonly #taken: Set<string>;
  readonly #inUse: ReadonlySet<string>;

  constructor({ needs, view }: Plan) {
    const own = ['weight', 'bias', 'embedding', ...Object.keys(needs.takes)].flatMap(related);
    this.#taken = new Set(['labels', 'lr', 'step', 'loss', ...own]);
    this.#inUse = view.names;
  }

  /** The name of a value, or with `_1`, `_2` … behind it where that is taken. */
  claim(value: string): string {
    return this.#claim(value, (name) => [name]);
  }

  /** The same for a tensor that is trained, with room for all that belongs to it. */
  claimTrained(value: string): string {
    return this.#claim(value, related);
  }

  #claim(value: string, all: (name: string) => readonly string[]): string {
    const free = (name: string) =>
      all(name).every((each) => !this.#taken.has(each)) && (name === value || !this.#inUse.has(name));
    let name = value;
    for (let i = 1; !free(name); i++) name = `${value}_${i}`;
    for (const each of all(name)) this.#taken.add(each);
    return name;
  }
}
