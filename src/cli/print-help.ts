import { flagOf } from '../heads/parameters.ts';
import { type Command, usageOf } from './command.ts';
import type { Sink } from './io.ts';
import type { Option, Options } from './option.ts';
import { bold, type Cell, dim, line, table } from './text.ts';

/** What the program is for, and its commands. */
export function printHelp(commands: readonly Command[], out: Sink): void {
  line(out, bold('onnx-margin'), 'puts margin heads into ONNX classifiers, and proves the numbers');
  section(
    out,
    'Commands',
    commands.map((command) => [usageOf(command), command.describe]),
  );
  line(out);
  line(out, dim('onnx-margin COMMAND --help says more; onnx-margin --version says which this is'));
}

/** What a command does, takes and looks like. */
export function printCommandHelp(command: Command, out: Sink): void {
  line(out, bold(`onnx-margin ${usageOf(command)}`));
  line(out, command.describe);
  const arguments_ = Object.entries(command.positionals).map(([name, { help }]) => [
    name.toUpperCase(),
    help,
  ]);
  section(out, 'Arguments', arguments_);
  section(out, 'Options', optionRows(command.options));
  section(out, 'Parameters of heads (defaults in brackets)', optionRows(command.parameters));
  section(
    out,
    'Examples',
    command.examples.map((example) => [`onnx-margin ${example}`]),
  );
}

function section(out: Sink, title: string, rows: readonly (readonly Cell[])[]): void {
  if (rows.length === 0) return;
  line(out);
  line(out, bold(title));
  table(out, rows, { indent: '  ', wrap: true });
}

function optionRows(options: Options): Cell[][] {
  return Object.entries(options).map(([name, option]) => {
    const letter = option.letter === undefined ? '   ' : `-${option.letter},`;
    return [`${letter} --${flagOf(name)} ${placeholderOf(option)}`.trimEnd(), option.help];
  });
}

function placeholderOf(option: Option): string {
  if (option.kind === 'flag') return '';
  return option.placeholder ?? (option.kind === 'choice' ? option.choices.join('|') : 'VALUE');
}
