import { MarginError } from '../errors.ts';
import { flagOf } from '../heads/parameters.ts';
import { checkOptions, type Origin } from './check-options.ts';
import { type AnyArgs, type Command, usageOf } from './command.ts';
import { readConfig } from './config.ts';
import { fromWord, type Given, type Options, pick } from './option.ts';

/** What stands on a command line, before anything is known about it. */
export interface Words {
  readonly positionals: readonly string[];
  /** Flags as typed, without their dashes. */
  readonly flags: Readonly<Record<string, string | boolean>>;
}

/**
 * Checks a command line against its command and puts a config file under it.
 *
 * @throws MarginError BAD_USAGE for words too many or too few and flags that do not exist, BAD_PARAM for values
 */
export async function settle(command: Command, words: Words): Promise<AnyArgs> {
  const flags = settleFlags(command, words.flags);
  const positionals = settlePositionals(command, words.positionals);
  const { config } = flags;
  const given = { ...(typeof config === 'string' ? await readConfig(config) : {}), ...flags };
  return { positionals, options: pick(given, command.options), parameters: pick(given, command.parameters) };
}

function settleFlags(command: Command, typed: Words['flags']): Given {
  const options = Object.entries({ ...command.options, ...command.parameters });
  const byFlag: Options = Object.fromEntries(options.map(([name, option]) => [flagOf(name), option]));
  const values = Object.entries(typed).map(([flag, word]) => {
    const option = Object.hasOwn(byFlag, flag) ? byFlag[flag] : undefined;
    return [flag, option === undefined ? word : fromWord(option, word)] as const;
  });
  const origin: Origin = {
    spell: (flag, value) => `${flag.length === 1 ? '-' : '--'}${flag} ${value ?? ''}`.trim(),
    help: `onnx-margin ${command.name} --help`,
  };
  const given = checkOptions(byFlag, Object.fromEntries(values), origin);
  const names = new Map(options.map(([name]) => [flagOf(name), name]));
  return Object.fromEntries(Object.entries(given).map(([flag, value]) => [names.get(flag) ?? flag, value]));
}

function settlePositionals(command: Command, words: readonly string[]): AnyArgs['positionals'] {
  const names = Object.entries(command.positionals);
  const required = names.filter(([, { optional }]) => optional !== true);
  const most = names.some(([, { many }]) => many === true) ? Number.POSITIVE_INFINITY : names.length;
  if (words.length < required.length || words.length > most) {
    throw new MarginError({
      code: 'BAD_USAGE',
      message: `${command.name} takes ${countOf(required.length, most)}.`,
      saw: words.length === 0 ? 'none' : words.join(' '),
      expected: `onnx-margin ${usageOf(command)}`,
      tryThis: [`onnx-margin ${command.name} --help`],
    });
  }
  return Object.fromEntries(
    names.map(([name, { many }], index) => [name, many === true ? words.slice(index) : words[index]]),
  );
}

function countOf(least: number, most: number): string {
  const words = (count: number) => (count === 1 ? 'one argument' : `${count} arguments`);
  if (most === Number.POSITIVE_INFINITY) return `at least ${words(least)}`;
  return least === most ? words(most) : `at most ${words(most)}`;
}
