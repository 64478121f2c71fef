import { z } from 'zod';
import { MarginError } from '../errors.ts';
import { nearest } from '../nearest.ts';

interface Described {
  /** What it does, in one line, for `heads`, `--help` and the README. */
  readonly help: string;
  /** The letter that the papers use. */
  readonly letter?: string;
}

/** A parameter as data. Flags, the config schema, help and checks all follow from it. */
export type Parameter = Described &
  (
    | { readonly kind: 'number'; readonly default: number; readonly range: Range }
    | { readonly kind: 'integer'; readonly default: number; readonly range: Range }
    | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
    | { readonly kind: 'flag'; readonly default: boolean }
    | {
        /** A number for each class, or an empty list: none. */
        readonly kind: 'vector';
        readonly default: readonly number[];
        readonly element: 'number' | 'integer';
        readonly range: Range;
      }
  );

/** Bounds of a number: `above` and `below` exclude their value, `min` and `max` include it. */
export interface Range {
  readonly above?: number;
  readonly below?: number;
  readonly min?: number;
  readonly max?: number;
}

export type Parameters = Readonly<Record<string, Parameter>>;
export type ParameterValue = number | string | boolean | readonly number[];
export type Values = Readonly<Record<string, ParameterValue>>;

/** The values that a set of parameters takes. */
export type ValuesOf<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends { kind: 'flag' }
    ? boolean
    : P[K] extends { kind: 'choice'; choices: readonly (infer Choice)[] }
      ? Choice
      : P[K] extends { kind: 'vector' }
        ? readonly number[]
        : number;
};

/** The flag of a parameter: `pastPi` is `--past-pi`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Whether a parameter is a margin, by its name: `margin`, `m1`, `lMargin`. */
export const isMargin = (name: string) => /^m(argin|\d)$|Margin$/.test(name);

/** The values a parameter takes, as `heads` shows them: `(0, ∞)`, `1 … 8`, `hard | shift`. */
export function rangeOf(parameter: Parameter): string {
  if (parameter.kind === 'flag') return 'on | off';
  if (parameter.kind === 'choice') return parameter.choices.join(' | ');
  if (parameter.kind === 'vector') return `for each class: ${rangeOf(elementOf(parameter))}`;
  const { above, below, min, max } = parameter.range;
  const left = above === undefined ? `[${min ?? '-∞'}` : `(${above}`;
  const right = below === undefined ? (max === undefined ? '∞)' : `${max}]`) : `${below})`;
  const range = `${left}, ${right}`.replace('[-∞', '(-∞');
  return parameter.kind === 'integer' ? `integer in ${range}` : range;
}

type Vector = Extract<Parameter, { kind: 'vector' }>;

/** What each number of a list must be. */
function elementOf({ element, range, help }: Vector): Parameter {
  return { kind: element, range, help, default: 0 };
}

/** A default in words: that of a list is none. */
export function defaultText({ default: value }: Parameter): string {
  return Array.isArray(value) ? 'none' : String(value);
}

/** The zod schema of one parameter, with its default. */
export function schemaOf(parameter: Parameter): z.ZodType<ParameterValue> {
  switch (parameter.kind) {
    case 'flag':
      return z.boolean().describe(parameter.help);
    case 'choice':
      return z.enum(parameter.choices).describe(parameter.help);
    case 'vector':
      // Elements of numbers are numbers, whatever the schema of an element may be said to give.
      return z.array(schemaOf(elementOf(parameter)) as z.ZodType<number>).describe(parameter.help);
    default: {
      const { above, below, min, max } = parameter.range;
      let schema = parameter.kind === 'integer' ? z.int() : z.number();
      if (above !== undefined) schema = schema.gt(above);
      if (below !== undefined) schema = schema.lt(below);
      if (min !== undefined) schema = schema.min(min);
      if (max !== undefined) schema = schema.max(max);
      return schema.describe(parameter.help);
    }
  }
}

/**
 * The values of a head's parameters: what was given, checked, and defaults for the rest.
 *
 * @throws MarginError BAD_PARAM for a parameter the head does not have, or a value outside its range.
 */
export function parseValues(head: string, parameters: Parameters, given: Values): Values {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(parameters, name)) continue;
    const known = Object.keys(parameters);
    const meant = nearest(name, known);
    throw new MarginError({
      code: 'BAD_PARAM',
      message: `The head ${head} has no parameter "${flagOf(name)}".`,
      saw: `--${flagOf(name)} ${given[name]}`,
      expected: known.length === 0 ? 'no parameters' : known.map((key) => `--${flagOf(key)}`).join(', '),
      tryThis: [...(meant ? [`--${flagOf(meant)} ${given[name]}`] : []), `onnx-margin heads ${head}`],
    });
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      checked(head, name, parameter, given[name]),
    ]),
  );
}

function checked(
  head: string,
  name: string,
  parameter: Parameter,
  value: ParameterValue | undefined,
): ParameterValue {
  if (value === undefined) return parameter.default;
  const result = schemaOf(parameter).safeParse(value);
  if (result.success) return result.data;
  // Of a list, the number that is out of range.
  const place = result.error.issues[0]?.path[0];
  const isElement = Array.isArray(value) && typeof place === 'number';
  throw new MarginError({
    code: 'BAD_PARAM',
    message: `--${flagOf(name)} of the head ${head} is out of range.`,
    saw: isElement ? `${value[place]} for class ${place}` : `--${flagOf(name)} ${value}`,
    expected: rangeOf(parameter),
    tryThis: [
      ...(parameter.kind === 'vector' ? [] : [`--${flagOf(name)} ${parameter.default}`]),
      `onnx-margin heads ${head}`,
    ],
  });
}

/** @throws MarginError BAD_PARAM for a list that was given and has not one number for each class */
export function checkLengths(head: string, parameters: Parameters, values: Values, classes: number): void {
  for (const [name, { kind }] of Object.entries(parameters)) {
    const value = values[name];
    if (kind !== 'vector' || !Array.isArray(value) || value.length === 0 || value.length === classes)
      continue;
    throw new MarginError({
      code: 'BAD_PARAM',
      message: `--${flagOf(name)} of the head ${head} needs a number for each class.`,
      saw: `${value.length} ${value.length === 1 ? 'number' : 'numbers'}`,
      expected: `${classes}, in the order of the classes`,
      tryThis: [`onnx-margin heads ${head}`],
    });
  }
}

/** Values that are each in range and do not go together, as an error says it. */
export interface Conflict {
  readonly saw: string;
  readonly expected: string;
  readonly tryThis: readonly string[];
}

/** @throws MarginError BAD_PARAM where there is a conflict */
export function refuseConflict(head: string, conflict: Conflict | null): void {
  if (conflict === null) return;
  throw new MarginError({
    code: 'BAD_PARAM',
    message: `The head ${head} cannot be built with these numbers.`,
    saw: conflict.saw,
    expected: conflict.expected,
    tryThis: [...conflict.tryThis, `onnx-margin heads ${head}`],
  });
}
