import { Parser } from 'yargs/helpers';
import { MarginError } from '../errors.ts';
import { flagOf } from '../heads/parameters.ts';
import { nearest } from '../nearest.ts';
import { VERSION } from '../version.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { type Io, processIo } from './io.ts';
import { reportFailure, reportLoss } from './print-error.ts';
import { printCommandHelp, printHelp } from './print-help.ts';
import { settle, type Words } from './settle.ts';

/** Runs a command line and gives its exit code. Never ends the process, and never throws. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const code = await dispatch(argv, io).catch((error: unknown) =>
    reportFailure(error, argv.includes('--json'), io),
  );
  return reportLoss(code, io);
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const asks = (...flags: readonly string[]) => argv.some((word) => flags.includes(word));
  const named = namedBy(argv);
  if (named.words.length === 0 && asks('--version')) {
    io.out.write(`${VERSION}\n`);
    return 0;
  }
  if (named.words.length === 0) return bare(argv, io);
  const help = asks('--help', '-h');
  if (help && named.command === null && named.group.length > 0) {
    printHelp(named.group, io.out);
    return 0;
  }
  const command = named.command ?? noCommand(named);
  if (help) {
    printCommandHelp(command, io.out);
    return 0;
  }
  return command.run(await settle(command, parse(command, named.rest)), io);
}

/** No command: help, if nothing else was asked for. */
function bare(argv: readonly string[], io: Io): number {
  const stranger = argv.find((word) => word !== '--help' && word !== '-h');
  if (stranger !== undefined)
    throw unknownCommand(stranger, COMMANDS, nearest(stranger, ['--help', '--version']));
  printHelp(COMMANDS, io.out);
  return 0;
}

/** What a command line names: words that are a command, or the beginning of some, and what is left of the line. */
interface Named {
  readonly words: readonly string[];
  /** Null where the words are none. */
  readonly command: Command | null;
  /** The commands that begin as far as the words were understood. */
  readonly group: readonly Command[];
  readonly rest: readonly string[];
}

/** Takes words without a dash off a command line as long as commands begin so, and one more where none is complete. */
function namedBy(argv: readonly string[]): Named {
  let named: Named = { words: [], command: null, group: COMMANDS, rest: argv };
  while (named.command === null && named.group.length > 0) {
    const { rest, group } = named;
    const at = rest.findIndex((word) => !word.startsWith('-'));
    if (at < 0) break;
    const words = [...named.words, rest[at] ?? ''];
    const within = group.filter(({ name }) => `${name} `.startsWith(`${words.join(' ')} `));
    const command = within.find(({ name }) => name === words.join(' ')) ?? null;
    if (within.length === 0) return { words, command, group, rest };
    named = { words, command, group: within, rest: rest.toSpliced(at, 1) };
  }
  return named;
}

/** Refuses words that are no command. */
function noCommand({ words, group }: Named): never {
  const name = words.join(' ');
  throw unknownCommand(
    name,
    group,
    nearest(
      name,
      group.map((each) => each.name),
    ),
  );
}

function unknownCommand(saw: string, group: readonly Command[], meant: string | null): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: `There is no command ${saw}.`,
    saw,
    expected: group.map(({ name }) => name).join(', '),
    tryThis: [...(meant === null ? [] : [`onnx-margin ${meant}`]), 'onnx-margin --help'],
  });
}

/**
 * Splits a command line into words and flags, by the parser of yargs alone: all else is done from the commands' own data,
 * and the checks of yargs itself take `--constructor` for a rule of theirs.
 */
function parse(command: Command, argv: readonly string[]): Words {
  const options = Object.entries({ ...command.options, ...command.parameters });
  const named = (isFlag: boolean) =>
    options.filter(([, { kind }]) => (kind === 'flag') === isFlag).map(([name]) => flagOf(name));
  const letters = options.flatMap(([name, { letter }]) =>
    letter === undefined ? [] : [[flagOf(name), letter]],
  );
  const { _, ...flags } = Parser([...argv], {
    alias: Object.fromEntries(letters),
    boolean: named(true),
    string: named(false),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    },
  });
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
