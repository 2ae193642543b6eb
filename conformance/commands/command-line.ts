/** The command line of every command: a table of flags gives how it is read, its help, and its errors. */
import { Command, CommanderError, Option } from 'commander';
import suite from '../../package.json' with { type: 'json' };
import { EXIT } from '../judging/verdict.ts';
import { UsageError } from '../usage-error.ts';
import { meant } from './nearest.ts';

/** One flag. Without a `value` it is a switch. */
export interface Flag {
  readonly says: string;
  /** What stands for the value in the help, such as `FILE`. */
  readonly value?: string;
  /** It may be given several times. */
  readonly many?: true;
  /** The values that it takes. */
  readonly choices?: readonly string[];
  /** It takes a whole number from `least` to `most`. */
  readonly whole?: readonly [least: number, most: number];
  readonly default?: string | number;
  /** The environment variable that is read without the flag. The command reads it; the help names it. */
  readonly env?: string;
  /** A heading of the help, of this flag and of those behind it. */
  readonly group?: string;
}

/** Flags by their names, in the order of the help. */
export type Flags = Readonly<Record<string, Flag>>;

/** A command, as its help describes it. */
export interface CommandTable<T extends Flags = Flags> {
  /** How it is called, such as `npm run gate --`. */
  readonly invocation: string;
  /** What it does, in one sentence or more. */
  readonly says: string;
  /** What stands behind the flags, as the help shows it: `BEFORE AFTER`. Default: nothing may. */
  readonly operands?: string;
  readonly flags: T;
  /** What each command below it does, by its name. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Lines behind the flags: examples, and the exit codes. */
  readonly more: string;
}

type Camel<Name extends string> = Name extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : Name;
type Value<F extends Flag> = F extends { readonly many: true }
  ? readonly string[]
  : F extends { readonly value: string }
    ? | (F extends { readonly whole: unknown }
          ? number
          : F extends { readonly choices: readonly (infer Choice)[] }
            ? Choice
            : string)
      | (F extends { readonly default: unknown } ? never : undefined)
    : boolean;

/** The values of a table's flags, by their names in camel case; `undefined`, `[]` and `false` where none was given. */
export type Values<T extends Flags> = { readonly [Name in keyof T & string as Camel<Name>]: Value<T[Name]> };

/** What `--help` or `--version` prints, instead of a run of the command. */
class Told extends Error {
  readonly text: string;

  constructor(text: string) {
    super('help');
    this.text = text;
  }
}

/** Where a command writes. */
export interface Screen {
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** What a command needs from its environment. */
export interface Surroundings extends Screen {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a progress line may be overwritten, as on a terminal. */
  readonly live: boolean;
}

const STANDARD: Screen = {
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
};

/** The reader of the output has gone, as `head -1` does: verdicts are still written to files, and the exit code is theirs. */
function readerLeft(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/**
 * Runs a command. Help is printed, exit code 0; a `UsageError` is printed in one line, exit code 2.
 *
 * @param screen Default: the standard output and the standard error.
 */
export async function ended(
  command: () => number | Promise<number>,
  { write, writeError }: Screen = STANDARD,
): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(readerLeft)) stream.on('error', readerLeft);
  }
  try {
    return await command();
  } catch (cause) {
    if (cause instanceof Told) {
      write(cause.text);
      return EXIT.good;
    }
    if (!(cause instanceof UsageError)) throw cause;
    writeError(`${cause.message}\n`);
    return EXIT.usage;
  }
}

/** Columns of the help where it is not written to a terminal. */
const COLUMNS = 100;

/**
 * Reads a command line.
 *
 * @throws {UsageError} for an unknown flag, a flag without its value, a wrong value, or an operand that is not allowed.
 *   For `--help` and `--version` another error, which `ended` prints.
 */
export function readCommandLine<const T extends Flags>(
  argv: readonly string[],
  table: CommandTable<T>,
): { readonly values: Values<T>; readonly operands: readonly string[] } {
  let text = '';
  const command = commandOf(table).configureOutput({
    writeOut: (piece) => (text += piece),
    writeErr: () => undefined,
    getOutHelpWidth: () => (process.stdout.isTTY ? process.stdout.columns : COLUMNS),
  });
  try {
    command.parse(argv, { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    throw cause.exitCode === EXIT.good ? new Told(text) : new UsageError(unread(cause, command.args));
  }
  const values: Record<string, unknown> = {};
  for (const option of command.options) {
    const given: unknown = command.getOptionValue(option.attributeName());
    const name = option.name().replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const { many, value } = table.flags[option.name()] ?? {};
    values[name] = option.negate ? !given : (given ?? (many ? [] : value === undefined ? false : undefined));
  }
  return { values: values as Values<T>, operands: command.args };
}

function commandOf({ invocation, says, operands, flags, commands, more }: CommandTable): Command {
  const command = new Command(invocation)
    .description(says)
    .usage([commands ? 'COMMAND' : '[options]', operands].filter(Boolean).join(' '))
    .allowExcessArguments(operands !== undefined || commands !== undefined)
    .helpCommand(false)
    .helpOption('-h, --help', 'print this text')
    .exitOverride()
    .configureHelp({ optionDescription })
    .addHelpText('after', `\n${more}`);
  let heading = 'Options:';
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.group !== undefined) heading = `${flag.group}:`;
    command.addOption(optionOf(name, flag).helpGroup(heading));
  }
  for (const [name, does] of Object.entries(commands ?? {})) command.command(name).description(does);
  return command.version(`${suite.name} ${suite.version}`, '-V, --version', 'print the version of the kit');
}

function optionOf(name: string, flag: Flag): Option {
  const { says, value, many, choices, env } = flag;
  const option = new Option(value === undefined ? `--${name}` : `--${name} <${value}>`, says);
  if (choices !== undefined) option.choices(choices);
  if (env !== undefined) option.env(env);
  if (flag.default !== undefined) option.default(flag.default, String(flag.default));
  if (value === undefined) return option;
  return option.argParser((given, before: unknown) => {
    const read = valueOf(`--${name}`, given, flag);
    return many ? [...((before as unknown[] | undefined) ?? []), read] : read;
  });
}

function valueOf(flag: string, given: string, { choices, whole }: Flag): string | number {
  // Otherwise the flag that follows would be taken for the value that is missing.
  if (given.startsWith('--')) throw wrong(flag, 'a value', given);
  if (choices !== undefined && !choices.includes(given)) {
    throw wrong(flag, choices.join(', '), given, meant(given, choices));
  }
  if (whole === undefined) return given;
  const [least, most] = whole;
  if (/^\d{1,15}$/.test(given) && Number(given) >= least && Number(given) <= most) return Number(given);
  throw wrong(flag, `a whole number from ${least} to ${most}`, given);
}

/**
 * The error of a wrong value.
 *
 * @param mend What to do about it; may be ''.
 */
export function wrong(flag: string, expected: string, got: string, mend = '', see = 'See --help.'): UsageError {
  const end = mend === '' ? see : `${mend} ${see}`;
  return new UsageError(`Failed to read ${flag}: expected ${expected}, got ${JSON.stringify(got)}. ${end}`);
}

/** The choices, the default and the variable behind what a flag does. */
function optionDescription({ description, argChoices, defaultValue, envVar }: Option): string {
  const details = [
    argChoices?.join(', '),
    defaultValue === undefined ? undefined : `default: ${String(defaultValue)}`,
    envVar === undefined ? undefined : `env: ${envVar}`,
  ].filter((detail) => detail !== undefined);
  return details.length === 0 ? description : `${description} (${details.join('; ')})`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  'commander.unknownOption': 'a known flag',
  'commander.unknownCommand': 'a command',
  'commander.help': 'a command',
  'commander.optionMissingArgument': 'a value behind the flag',
  'commander.excessArguments': 'flags alone',
};

/** Commander's message in the words of the other errors. */
function unread({ code, message }: CommanderError, operands: readonly string[]): string {
  const [, quoted = operands[0] ?? 'none'] = /'([^]*?)'(?:$|\n| argument missing)/.exec(message) ?? [];
  const [, near] = /Did you mean (?:one of )?([^?]+)\?/.exec(message) ?? [];
  const expected = EXPECTED[code] ?? 'a command line of this command';
  const mend = near === undefined ? 'See --help.' : `Did you mean ${near}? See --help.`;
  return `Failed to read the command line: expected ${expected}, got ${quoted}. ${mend}`;
}
