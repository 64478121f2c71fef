import yargs from 'yargs';
import { MarginError } from '../errors.ts';
import { flagOf } from '../heads/parameters.ts';
import { nearest } from '../nearest.ts';
import { VERSION } from '../version.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { type Io, processIo } from './io.ts';
import { reportFailure } from './print-error.ts';
import { printCommandHelp, printHelp } from './print-help.ts';
import { settle, type Words } from './settle.ts';

/** Runs a command line and gives its exit code. Never ends the process, and never throws. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    return reportFailure(error, argv.includes('--json'), io);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const at = argv.findIndex((word) => !word.startsWith('-'));
  const asks = (...flags: readonly string[]) => argv.some((word) => flags.includes(word));
  if (at < 0 && asks('--version')) {
    io.out.write(`${VERSION}\n`);
    return 0;
  }
  const name = argv[at];
  if (name === undefined) return bare(argv, io);
  const command = commandOf(name);
  if (asks('--help', '-h')) {
    printCommandHelp(command, io.out);
    return 0;
  }
  return command.run(await settle(command, parse(command, argv.toSpliced(at, 1))), io);
}

/** No command: help, if nothing else was asked for. */
function bare(argv: readonly string[], io: Io): number {
  const stranger = argv.find((word) => word !== '--help' && word !== '-h');
  if (stranger !== undefined) throw noCommand(stranger, nearest(stranger, ['--help', '--version']));
  printHelp(COMMANDS, io.out);
  return 0;
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return command;
  throw noCommand(
    name,
    nearest(
      name,
      COMMANDS.map((each) => each.name),
    ),
  );
}

function noCommand(saw: string, meant: string | null): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: `There is no command ${saw}.`,
    saw,
    expected: COMMANDS.map(({ name }) => name).join(', '),
    tryThis: [...(meant === null ? [] : [`onnx-margin ${meant}`]), 'onnx-margin --help'],
  });
}

/** Splits a command line into words and flags. All else that yargs could do is done from the commands' own data. */
function parse(command: Command, argv: readonly string[]): Words {
  const options = Object.entries({ ...command.options, ...command.parameters });
  const named = (isFlag: boolean) =>
    options.filter(([, { kind }]) => (kind === 'flag') === isFlag).map(([name]) => flagOf(name));
  const letters = options.flatMap(([name, { letter }]) =>
    letter === undefined ? [] : [[flagOf(name), letter]],
  );
  const { _, $0, ...flags } = yargs([])
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .alias(Object.fromEntries(letters))
    .boolean(named(true))
    .string(named(false))
    .parseSync([...argv]);
  return {
    positionals: _.map(String),
    flags: { ...(flags as Words['flags']), ...oddFlags(argv, named(true)) },
  };
}

/** `--force=maybe`: yargs takes that for false; the check of options shall see it. */
function oddFlags(argv: readonly string[], names: readonly string[]): Words['flags'] {
  const pairs = argv.flatMap((word) => {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    return names.includes(name) && value !== 'true' && value !== 'false' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(pairs);
}
