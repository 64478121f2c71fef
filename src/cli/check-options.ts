import { z } from 'zod';
import { MarginError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { expectedOf, type Given, type Option, type Options, schemaOf } from './option.ts';

/** Where options were given, and how one is written there: `--past-pi hard`, `"pastPi": "hard"`. */
export interface Origin {
  readonly spell: (name: string, value?: unknown) => string;
  /** What to read to know better. */
  readonly help: string;
}

/** The schema of an object that may hold each of the options, and nothing else. */
export function objectOf(options: Options) {
  return z.strictObject(
    Object.fromEntries(Object.entries(options).map(([name, option]) => [name, schemaOf(option).optional()])),
  );
}

/** What was given, once each name is known and each value fits. @throws MarginError BAD_USAGE or BAD_PARAM */
export function checkOptions(
  options: Options,
  given: Readonly<Record<string, unknown>>,
  origin: Origin,
): Given {
  const stranger = Object.keys(given).find((name) => !Object.hasOwn(options, name));
  if (stranger !== undefined) throw unknownOption(stranger, options, origin);
  const result = objectOf(options).safeParse(given);
  if (result.success) return result.data as Given;
  const name = String(result.error.issues[0]?.path[0]);
  const option = options[name];
  throw option === undefined ? result.error : badValue(name, option, given[name], origin);
}

function unknownOption(name: string, options: Options, { spell, help }: Origin): MarginError {
  const meant = name.length === 1 ? null : nearest(name, Object.keys(options));
  return new MarginError({
    code: 'BAD_USAGE',
    message: `There is no option ${spell(name)}.`,
    saw: spell(name),
    expected: meant === null ? 'an option of this command' : spell(meant),
    tryThis: [...(meant === null ? [] : [spell(meant)]), help],
  });
}

function badValue(name: string, option: Option, value: unknown, { spell, help }: Origin): MarginError {
  const choices = 'choices' in option ? option.choices : [];
  const words = Array.isArray(value) ? value : [value];
  const wrong = words.find((word) => !choices.includes(word));
  const meant = typeof wrong === 'string' ? nearest(wrong, choices) : null;
  const corrected = Array.isArray(value) ? words.map((word) => (word === wrong ? meant : word)) : meant;
  return new MarginError({
    code: 'BAD_PARAM',
    message: value === '' ? `${spell(name)} needs a value.` : `${spell(name)} takes ${expectedOf(option)}.`,
    saw: spell(name, value),
    expected: expectedOf(option),
    tryThis: [...(meant === null ? [] : [spell(name, corrected)]), help],
  });
}
