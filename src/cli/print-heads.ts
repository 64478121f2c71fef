import type { Head } from '../heads/head.ts';
import { defaultText, flagOf, type Parameter, rangeOf, type Values } from '../heads/parameters.ts';
import type { Sink } from './io.ts';
import { bold, type Cell, dim, line, table } from './text.ts';

/** The registry as a table, a head a row, and below it the other names. */
export function printHeads(heads: readonly Head[], out: Sink): void {
  const rows = heads.map((head) => [head.name, head.title, defaultsOf(head), sourceOf(head)]);
  table(out, [['head', 'what it does', 'defaults', 'source'].map(dim), ...rows]);
  const aliases = heads.flatMap((head) =>
    Object.entries(head.aliases).map(([alias, preset]) =>
      `${alias} = ${head.name} ${valuesText(preset)}`.trim(),
    ),
  );
  line(out);
  table(
    out,
    [
      [dim('also'), aliases.join(', ')],
      [dim('next'), 'onnx-margin heads NAME'],
    ],
    { wrap: true },
  );
}

/** One head: formula, parameters, where it comes from. */
export function printHead(head: Head, out: Sink): void {
  line(out, bold(head.name), head.title);
  line(out);
  table(out, [['', head.formula]]);
  const rows = Object.entries(head.parameters).map(([name, parameter]): Cell[] => [
    `--${flagOf(name)}`,
    parameter.letter ?? '',
    defaultText(parameter),
    rangeOf(parameter),
    parameter.help,
  ]);
  if (rows.length > 0) {
    line(out);
    table(out, [['parameter', '', 'default', 'range', ''].map(dim), ...rows], { wrap: true });
  }
  line(out);
  const aliases = Object.entries(head.aliases).map(([alias, preset]) =>
    `${alias} ${valuesText(preset)}`.trim(),
  );
  const presets = Object.entries(head.presets).map(([preset, values]): Cell[] => [
    preset,
    valuesText(values),
  ]);
  if (presets.length > 0) {
    table(out, [[dim('--preset'), ''], ...presets], { wrap: true });
    line(out);
  }
  table(out, [
    [dim('source'), `${head.source.title} (${sourceOf(head)})`],
    ...(aliases.length === 0 ? [] : [[dim('also'), aliases.join(', ')]]),
    [dim('next'), `onnx-margin rewrite MODEL --head ${head.name}`],
  ]);
}

/** A head for programs. */
export function headReport({ name, title, aliases, presets, formula, source, parameters }: Head) {
  return {
    name,
    title,
    aliases,
    presets,
    formula,
    source,
    parameters: Object.entries(parameters).map(parameterReport),
  };
}

function parameterReport([name, parameter]: readonly [string, Parameter]) {
  const { kind, letter = null, default: value, help } = parameter;
  return { name, flag: `--${flagOf(name)}`, letter, kind, default: value, range: rangeOf(parameter), help };
}

/** The numbers a head works with unless told otherwise: `scale=64 margin=0.5`. */
function defaultsOf({ parameters }: Head): string {
  const numbers = Object.entries(parameters).filter(
    ([, { kind }]) => kind === 'number' || kind === 'integer',
  );
  return valuesText(Object.fromEntries(numbers.map(([name, each]) => [name, each.default])));
}

function valuesText(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${flagOf(name)}=${value}`)
    .join(' ');
}

function sourceOf({ source: { arxiv, year } }: Head): string {
  return arxiv === null ? String(year) : `arXiv:${arxiv}`;
}
