import { HEADS } from '../heads/index.ts';
import { defaultText, type Parameter } from '../heads/parameters.ts';
import type { ScalarOptions } from './option.ts';

interface Use {
  readonly head: string;
  readonly parameter: Parameter;
}

/**
 * The parameters of all heads as options of one command line. Heads may share a name and differ in ranges and
 * defaults, so only what holds for all of them is checked here; the head that is chosen checks the rest.
 */
export const HEAD_PARAMETERS: ScalarOptions = Object.fromEntries(
  [...usesByName()].map(([name, uses]) => [name, merged(uses)]),
);

function usesByName(): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const { name: head, parameters } of HEADS) {
    for (const [name, parameter] of Object.entries(parameters)) {
      uses.set(name, [...(uses.get(name) ?? []), { head, parameter }]);
    }
  }
  return uses;
}

function merged(uses: readonly Use[]): ScalarOptions[string] {
  const kinds = new Set(uses.map(({ parameter }) => parameter.kind));
  const help = helpOf(uses);
  if (kinds.has('choice')) return { kind: 'choice', choices: choicesOf(uses), placeholder: 'WORD', help };
  if (kinds.has('flag')) return { kind: 'flag', help };
  if (kinds.has('vector')) return { kind: 'numbers', placeholder: 'FILE', help: `${help}; .npy, or 1,2,3` };
  return { kind: kinds.has('number') ? 'number' : 'integer', placeholder: 'N', help };
}

/** What it does in each head, said once where heads say the same: `cosface (0.35): taken from cos θ_y`. */
function helpOf(uses: readonly Use[]): string {
  const texts = [...new Set(uses.map(({ parameter }) => parameter.help))];
  return texts
    .map((text) => {
      const heads = uses.filter(({ parameter }) => parameter.help === text);
      return `${heads.map(({ head, parameter }) => `${head} (${defaultText(parameter)})`).join(', ')}: ${text}`;
    })
    .join('; ');
}

function choicesOf(uses: readonly Use[]): string[] {
  return [
    ...new Set(uses.flatMap(({ parameter }) => (parameter.kind === 'choice' ? parameter.choices : []))),
  ];
}
