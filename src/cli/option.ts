import { z } from 'zod';

interface Described {
  /** What it does, in one line. */
  readonly help: string;
  /** What stands for its value in help: `DIR`. */
  readonly placeholder?: string;
  /** A single letter for it. */
  readonly letter?: string;
}

/** An option as data: its flag, its key in a config file, its help and its check all follow from it. */
export type Option = Described &
  (
    | { readonly kind: 'text' }
    | { readonly kind: 'number' }
    | { readonly kind: 'integer'; readonly least?: number }
    | { readonly kind: 'choice'; readonly choices: readonly string[] }
    | { readonly kind: 'list'; readonly choices: readonly string[] }
    | { readonly kind: 'flag' }
    /** Numbers, or the file that holds them. */
    | { readonly kind: 'numbers' }
  );

/** Options by their camel-cased names: `pastPi` is `--past-pi`. */
export type Options = Readonly<Record<string, Option>>;

export type OptionValue = string | number | boolean | readonly string[] | readonly number[];

/** Options that take one value each. */
export type ScalarOptions = Readonly<Record<string, Exclude<Option, { kind: 'list' }>>>;

/** Options that were given, checked. */
export type Given = Readonly<Record<string, OptionValue>>;

type ValueOf<O extends Option> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'number' | 'integer' }
    ? number
    : O extends { kind: 'choice'; choices: readonly (infer Choice)[] }
      ? Choice
      : O extends { kind: 'list'; choices: readonly (infer Choice)[] }
        ? readonly Choice[]
        : O extends { kind: 'numbers' }
          ? string | readonly number[]
          : string;

/** What a set of options gives: nothing for one that was left out. A set whose names are not known gives a record. */
export type ValuesOf<O extends Options> = string extends keyof O
  ? { readonly [K in keyof O]: ValueOf<O[K]> }
  : { readonly [K in keyof O]?: ValueOf<O[K]> };

/** The zod schema that checks a value of an option, and describes it in JSON Schemas. */
export function schemaOf(option: Option): z.ZodType<OptionValue> {
  switch (option.kind) {
    case 'text':
      return z.string().min(1).describe(option.help);
    case 'number':
      return z.number().describe(option.help);
    case 'integer':
      return z
        .int()
        .min(option.least ?? Number.MIN_SAFE_INTEGER)
        .describe(option.help);
    case 'choice':
      return z.enum(option.choices).describe(option.help);
    case 'list':
      return z.array(z.enum(option.choices)).min(1).describe(option.help);
    case 'flag':
      return z.boolean().describe(option.help);
    case 'numbers':
      return z.union([z.string().min(1), z.array(z.number()).min(1)]).describe(option.help);
  }
}

/** What an option takes, for messages. */
export function expectedOf(option: Option): string {
  switch (option.kind) {
    case 'text':
      return option.placeholder ?? 'a text';
    case 'number':
      return 'a number';
    case 'integer':
      return option.least === undefined ? 'a whole number' : `a whole number of at least ${option.least}`;
    case 'choice':
      return option.choices.join(' | ');
    case 'list':
      return `one or more of ${option.choices.join(', ')}, with commas between them`;
    case 'flag':
      return 'true or false';
    case 'numbers':
      return 'a .npy file, or numbers with commas between them';
  }
}

/** The value that a word on the command line stands for; what it cannot stand for is left to the check. */
export function fromWord(option: Option, word: string | boolean): unknown {
  if (typeof word === 'boolean') return word;
  if (option.kind === 'list') return word.split(',');
  if (option.kind === 'numbers') return numbersIn(word) ?? word;
  const number = option.kind === 'number' || option.kind === 'integer' ? Number.parseFloat(word) : Number.NaN;
  return Number(word) === number ? number : word;
}

/** `1,2.5,3` as numbers; null for a word that is not made of them. */
function numbersIn(word: string): number[] | null {
  const numbers = word.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** Those of the given options that belong to a set. */
export function pick<O extends Options>(given: Given, set: O): ValuesOf<O> {
  // What was given has been checked by name against the options it is picked with.
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(set, name)),
  ) as ValuesOf<O>;
}
