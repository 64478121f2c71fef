import type { Values } from '../heads/parameters.ts';
import type { Io } from './io.ts';
import type { Given, Options, ScalarOptions, ValuesOf } from './option.ts';

export interface Positional {
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all words that are left, one at least; only for the last. */
  readonly many?: boolean;
}

/** What stands on a command line without a flag, in order, by name. */
export type Positionals = Readonly<Record<string, Positional>>;

type PositionalsOf<P extends Positionals> = {
  readonly [K in keyof P]: P[K] extends { many: true }
    ? readonly string[]
    : P[K] extends { optional: true }
      ? string | undefined
      : string;
};

/** What a command is run with. */
export interface Args<P extends Positionals, O extends Options> {
  readonly positionals: PositionalsOf<P>;
  readonly options: ValuesOf<O>;
  /** Those of the command's `parameters` that were given. */
  readonly parameters: Values;
}

interface Described<P extends Positionals, O extends Options> {
  readonly name: string;
  readonly describe: string;
  readonly positionals: P;
  readonly options: O;
  /** Options that belong to what the command works with rather than to the command: a head's parameters. */
  readonly parameters: ScalarOptions;
  /** Command lines after `onnx-margin`. */
  readonly examples: readonly string[];
}

export interface CommandDefinition<P extends Positionals, O extends Options> extends Described<P, O> {
  /** Does the work and says so; gives the exit code. Rooms are imported here, so that help stays light. */
  run(args: Args<P, O>, io: Io): Promise<number>;
}

/** The same, the command's own types forgotten. */
export interface AnyArgs {
  readonly positionals: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly options: Given;
  readonly parameters: Values;
}

/** A command as `main` sees it. */
export interface Command extends Described<Positionals, Options> {
  run(args: AnyArgs, io: Io): Promise<number>;
}

/** Makes a command of its definition. */
export function defineCommand<const P extends Positionals, const O extends Options>(
  definition: CommandDefinition<P, O>,
): Command {
  // `settle` checks what was given against these very definitions, which is all that the types say.
  return { ...definition, run: (args, io) => definition.run(args as Args<P, O>, io) };
}

/** How a command is called: `rewrite MODEL`, `plot HEAD…`. */
export function usageOf({ name, positionals }: Command): string {
  const words = Object.entries(positionals).map(([key, { optional, many }]) => {
    const word = `${key.toUpperCase()}${many === true ? '…' : ''}`;
    return optional === true ? `[${word}]` : word;
  });
  return [name, ...words].join(' ');
}
