import { MarginError } from '../errors.ts';
import { flagOf, type Values } from '../heads/parameters.ts';
import type { SavedArray } from '../model/arrays.ts';
import type { RewriteOptions } from '../rewrite/rewrite.ts';
import { HEAD_PARAMETERS } from './head-parameters.ts';
import { pick, type ScalarOptions, type ValuesOf } from './option.ts';
import { MAKING, READING } from './options.ts';

/** What a rewrite is asked for, with the numbers of the files that were named. @throws MarginError BAD_DATA */
export async function rewritingOf(
  head: string,
  options: ValuesOf<typeof MAKING & typeof READING>,
  given: Values,
): Promise<RewriteOptions> {
  const read = await numbersOf(READING, pick(options, READING));
  const parameters = await numbersOf(HEAD_PARAMETERS, given);
  return { ...pick(options, MAKING), ...read, head, parameters };
}

/** Values with the numbers of the files that were named for them. @throws MarginError BAD_DATA */
export async function numbersOf(options: ScalarOptions, given: Values): Promise<Values> {
  const named = Object.entries(given).flatMap(([name, value]) =>
    options[name]?.kind === 'numbers' && typeof value === 'string' ? [[name, value] as const] : [],
  );
  if (named.length === 0) return given;
  const { readArrays } = await import('../model/arrays.ts');
  const read = named.map(
    ([name, path]) => [name, listIn(`--${flagOf(name)} ${path}`, readArrays(path))] as const,
  );
  return { ...given, ...Object.fromEntries(read) };
}

/** The numbers of the one list in a file. */
function listIn(flag: string, arrays: ReadonlyMap<string, SavedArray>): number[] {
  const [only] = arrays.values();
  const isList = only !== undefined && arrays.size === 1 && only.dims.length === 1;
  // An element of float16 or bool is not the number that it stands for.
  if (isList && !['float16', 'bool'].includes(only.element))
    return Array.from(only.data as Float64Array, Number);
  const shapes = [...arrays.values()].map(({ dims, element }) => `${element} [${dims.join(', ')}]`);
  throw new MarginError({
    code: 'BAD_DATA',
    message: `${flag} holds no list of numbers.`,
    saw: shapes.join(', ') || 'nothing',
    expected: 'one array of one dimension, a number for each class, as integers, float32 or float64',
    tryThis: ["numpy.save('numbers.npy', numpy.bincount(labels, minlength=classes))"],
  });
}
