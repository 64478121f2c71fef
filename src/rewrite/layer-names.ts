import { MEMORIES } from './optimisers.ts';
import type { Plan } from './plan.ts';

/** The names that a trained tensor brings along: its gradient, what the optimiser remembers of it, and what is new. */
function related(name: string): string[] {
  const carried = [name, ...MEMORIES.map((memory) => `${name}_${memory}`)];
  return [`d_${name}`, ...carried.flatMap((each) => [each, `${each}_next`])];
}

/** Gives names of the step graph, so that what comes from the model does not meet what the head is fed with. */
export function layerNames({ needs, view }: Plan) {
  const own = ['weight', 'bias', 'embedding', ...Object.keys(needs.takes)].flatMap(related);
  const taken = new Set(['labels', 'lr', 'step', 'loss', ...own]);
  const claim = (value: string, all: (name: string) => readonly string[]): string => {
    const free = (name: string) =>
      all(name).every((each) => !taken.has(each)) && (name === value || !view.names.has(name));
    let name = value;
    for (let i = 1; !free(name); i++) name = `${value}_${i}`;
    for (const each of all(name)) taken.add(each);
    return name;
  };
  return {
    /** The name of a value, or with `_1`, `_2` … behind it where that is taken. */
    forCut: (value: string) => claim(value, (name) => [name]),
    /** The same for a tensor that is trained, with room for all that belongs to it. */
    forTensor: (value: string) => claim(value, related),
  };
}
