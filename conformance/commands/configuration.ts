/** `openclaw-compat.json5`, found from the working directory upwards: the flags that a project always gives, by command. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';
import type { CommandTable, Flag, Flags } from './command-line.ts';
import { meant } from './nearest.ts';

const NAME = 'openclaw-compat.json5';
/** A larger file is none that was written by hand. */
const MOST_BYTES = 1024 * 1024;
/** Flags that exclude each other: one on the command line replaces another one in the file. */
const RIVALS = ['base-url', 'target', 'traffic'];

/** A flag whose value is a path; in the file it is relative to the file. */
const isPath = ({ value = '' }: Flag): boolean => /^(?:FILE|DIR|PATH|REPORT)$/.test(value);
/** A flag whose value is a number. */
export const isNumber = ({ value = '' }: Flag): boolean => /^(?:N|MS|SECONDS|SHARE)$/.test(value);

/** The key of a flag in the file: its name in camel case. */
export const keyOf = (flag: string): string => flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * A command line with the flags of the file in front of it, but for those that it gives itself.
 *
 * @param command the key of the command in the file.
 * @param commands the keys of all commands.
 * @param from the folder to look in first. Default: the working directory.
 * @throws {UsageError} when the file is not JSON5, or has an unknown key or a wrong value.
 */
export async function withConfiguration(
  argv: readonly string[],
  command: string,
  { flags }: CommandTable,
  commands: readonly string[],
  from = process.cwd(),
): Promise<string[]> {
  const file = found(resolve(from));
  if (file === undefined) return [...argv];
  const section = (await sections(file, commands))[command] ?? {};
  const given = new Set(argv.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=')[0]!));
  if (RIVALS.some((name) => given.has(name))) RIVALS.forEach((name) => given.add(name));
  const names = new Map(Object.keys(flags).map((name) => [keyOf(name), name]));
  const words = Object.entries(section).flatMap(([key, value]) => {
    const name = names.get(key);
    if (name === undefined) throw unknown(file, `a key of ${command}`, key, [...names.keys()]);
    const told = wordsOf(name, flags[name]!, value, dirname(file));
    if (told === undefined)
      throw wrongIn(file, `${expectedOf(flags[name]!)} as ${command}.${key}`, JSON.stringify(value));
    return given.has(name) ? [] : told;
  });
  return [...words, ...argv];
}

function found(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, NAME);
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
    if (dirname(at) === at) return undefined;
  }
}

/** What the file says for each command. */
async function sections(file: string, commands: readonly string[]): Promise<Record<string, Record<string, unknown>>> {
  const { default: JSON5 } = await import('json5');
  let read: unknown;
  try {
    if (statSync(file).size > MOST_BYTES) throw wrongIn(file, `at most ${MOST_BYTES} bytes`, 'more');
    read = JSON5.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw wrongIn(file, 'JSON5', (cause as Error).message.replace(/^JSON5: /, ''));
  }
  if (!isObject(read)) throw wrongIn(file, 'an object', JSON.stringify(read));
  for (const [key, value] of Object.entries(read)) {
    if (key === '$schema') continue;
    if (!commands.includes(key)) throw unknown(file, 'a command', key, commands);
    if (!isObject(value)) throw wrongIn(file, `an object as ${key}`, JSON.stringify(value));
  }
  return read as Record<string, Record<string, unknown>>;
}

/** The words of a command line for a value of the file; undefined when it has another type. */
function wordsOf(name: string, flag: Flags[string], value: unknown, folder: string): string[] | undefined {
  if (flag.value === undefined) return value === true ? [`--${name}`] : value === false ? [] : undefined;
  const values: readonly unknown[] = flag.many && Array.isArray(value) ? value : [value];
  const type = isNumber(flag) ? 'number' : 'string';
  if (flag.many !== undefined && !Array.isArray(value)) return undefined;
  if (values.some((one) => typeof one !== type)) return undefined;
  // `=` keeps a value that begins with a dash.
  return values.map((one) => `--${name}=${isPath(flag) ? resolve(folder, String(one)) : String(one)}`);
}

const expectedOf = (flag: Flag): string =>
  flag.value === undefined ? 'true or false' : flag.many ? 'a list of texts' : isNumber(flag) ? 'a number' : 'a text';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unknown = (file: string, expected: string, key: string, known: readonly string[]): UsageError =>
  wrongIn(file, expected, `"${key}"`, meant(key, known));

function wrongIn(file: string, expected: string, got: string, mend = ''): UsageError {
  const end = mend === '' ? 'Correct the file.' : `${mend} Correct the file.`;
  return new UsageError(`Failed to read ${file}: expected ${expected}, got ${got}. ${end}`);
}
