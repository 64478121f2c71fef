import { type Drawn, sizesFor } from '../draw/drawn.ts';
import { MOST_HEADS } from '../draw/theme.ts';
import { MarginError } from '../errors.ts';
import { findHead } from '../heads/find.ts';
import { flagOf, type Values } from '../heads/parameters.ts';

/**
 * Heads by their names, each with those of the given parameters that it has.
 *
 * @throws MarginError BAD_PARAM for a head that does not exist, a value that does not fit one of them, and a parameter
 *   that none of them has; BAD_USAGE for more than can be told apart
 */
export function drawnHeads(names: readonly string[], given: Values, xNorm: number): Drawn[] {
  const found = [...new Set(names)].map((name) => ({ name, ...findHead(name) }));
  if (found.length > MOST_HEADS) throw tooMany(found.length);
  if (!(xNorm > 0 && xNorm < Infinity)) throw oddLength(xNorm);
  const stranger = Object.keys(given).find(
    (key) => !found.some(({ head }) => Object.hasOwn(head.parameters, key)),
  );
  if (stranger !== undefined) throw nobodys(stranger, given[stranger], found);
  return found.map(({ name, head, preset }) => {
    const own = Object.entries(given).filter(([key]) => Object.hasOwn(head.parameters, key));
    const values = head.parse({ ...preset, ...Object.fromEntries(own) });
    return { name, head, values, sizes: sizesFor(values), xNorm };
  });
}

function tooMany(count: number): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: 'So many heads cannot be told apart in one picture.',
    saw: `${count} heads`,
    expected: `at most ${MOST_HEADS}`,
    tryThis: ['draw them in several pictures'],
  });
}

function oddLength(xNorm: number): MarginError {
  return new MarginError({
    code: 'BAD_PARAM',
    message: 'An embedding must have a length.',
    saw: `--x-norm ${xNorm}`,
    expected: 'a number above 0',
    tryThis: ['--x-norm 1'],
  });
}

function nobodys(
  key: string,
  value: Values[string] | undefined,
  heads: readonly Pick<Drawn, 'name' | 'head'>[],
) {
  const [only] = heads;
  const known = [...new Set(heads.flatMap(({ head }) => Object.keys(head.parameters)))];
  return new MarginError({
    code: 'BAD_PARAM',
    message: `${heads.length === 1 ? `The head ${only?.name} has no` : 'None of these heads has a'} parameter "${flagOf(key)}".`,
    saw: `--${flagOf(key)} ${value}`,
    expected: known.length === 0 ? 'no parameters' : known.map((each) => `--${flagOf(each)}`).join(', '),
    tryThis: [`onnx-margin heads ${only?.name}`],
  });
}
