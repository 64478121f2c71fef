import { targetCurve } from '../heads/curve.ts';
import type { Head, Sizes } from '../heads/head.ts';
import { flagOf, type Parameter, type ParameterValue, type Values } from '../heads/parameters.ts';

/** A head with all that its pictures need, settled. */
export interface Drawn {
  /** As it was asked for: an alias stays one. */
  readonly name: string;
  readonly head: Head;
  readonly values: Values;
  readonly sizes: Sizes;
  /** ‖x‖, for heads that look at it. */
  readonly xNorm: number;
}

/** What is drawn of heads that nobody has put into a model: some classes more than the two that are looked at. */
const PLAIN_SIZES: Sizes = { classes: 10, dim: 64 };

/** What a head is drawn at: as many classes as it was given numbers for; it is class 0 that is drawn. */
export function sizesFor(values: Values, { classes, dim }: Sizes = PLAIN_SIZES): Sizes {
  const list = Object.values(values).find((value) => Array.isArray(value) && value.length > 0);
  return { classes: Array.isArray(list) ? list.length : classes, dim };
}

/** The numbers a head works with, without those that are 0 by default, and what else is not as by default: `scale 64, margin 0.5, past-pi clip`. */
export function valuesText({ head: { parameters }, values }: Pick<Drawn, 'head' | 'values'>): string {
  return Object.entries(parameters)
    .flatMap(([name, parameter]) => partOf(name, parameter, values[name]))
    .join(', ');
}

function partOf(name: string, parameter: Parameter, value: ParameterValue = parameter.default): string[] {
  const isNumber = parameter.kind === 'number' || parameter.kind === 'integer';
  // A number that is 0 by default is one that is put to use by giving it.
  const told = value !== parameter.default || (isNumber && value !== 0);
  if (!told) return [];
  return [`${flagOf(name)} ${Array.isArray(value) ? 'for each class' : value}`];
}

/** What else the curves hold for, as far as the head looks at it: `at ‖x‖ = 1, t = 0`; often nothing. */
export function startText(drawn: Drawn): string {
  const { head, values, sizes, xNorm } = drawn;
  const starts = Object.entries(head.needs(values, sizes).takes).flatMap(([name, taken]) => {
    // A setting that is a parameter too has been told already.
    if (Object.hasOwn(values, name) || taken.kind === 'perClass') return [];
    return [`${flagOf(name)} = ${'initial' in taken ? short(taken.initial) : 0}`];
  });
  const all = [...(looksAtLength(drawn) ? [`‖x‖ = ${short(xNorm)}`] : []), ...starts];
  return all.length === 0 ? '' : `at ${all.join(', ')}`;
}

const short = (value: number) => Number(value.toPrecision(4));

/** Whether ψ depends on ‖x‖. */
function looksAtLength({ head, values, sizes, xNorm }: Drawn): boolean {
  const at = (length: number) => [0.5, 1, 2].map((theta) => targetCurve(head, values, sizes, theta, length));
  const here = at(xNorm);
  // Lengths far apart, since margins are held between bounds; 1e-9 is rounding.
  return [0.01, 100].some((times) =>
    at(times * xNorm).some((psi, i) => Math.abs(psi - (here[i] ?? psi)) > 1e-9),
  );
}
