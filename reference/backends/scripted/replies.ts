/**
 * Replies: the runs that a scripted backend plays, by name. The kit's own are the files in `fixtures/replies`, each of
 * which answers `play:<file name without .json>`; more may be put beside them while the gateway runs.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Run } from '../backend.ts';
import { mismatch } from '../match.ts';
import { Effort } from '../pattern.ts';
import { BUILT_IN_REPLIES } from './built-in.ts';
import type { Repertoire } from './choosing.ts';
import { lineOf } from './json-line.ts';
import { answerOf, mayFault, readReply, type ScriptedAnswer, type Reply, type Wrong } from './reply.ts';

/** What replies are called, in `play:<name>` and as files. */
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** How many counts of sessions are kept; the oldest are forgotten. */
const MOST_COUNTS = 10_000;

/** How many replies there are at most. */
const MOST_REPLIES = 1_000;

/** How large a file of one is at most, in bytes: as a body of the Control API. */
const FILE_BYTES = 1024 * 1024;

/** How many faults are told at once. */
const MOST_FAULTS = 20;

/** Replies by name, in the order of their names, and how often each has answered. */
export class Replies implements Repertoire {
  #loaded: ReadonlyMap<string, Reply>;
  /** What was put, or removed, since. */
  readonly #changes = new Map<string, Reply | undefined>();
  #replies: ReadonlyMap<string, Reply>;
  #matching: readonly (readonly [string, Reply])[] = [];
  #faulty = false;
  readonly #counts = new Map<string, number>();

  /** @param loaded What `clear` comes back to. Default: nothing. */
  constructor(loaded: ReadonlyMap<string, Reply> = new Map()) {
    this.#loaded = loaded;
    this.#replies = this.#order();
  }

  /** What was loaded, before anything was put or removed. */
  get loaded(): ReadonlyMap<string, Reply> {
    return this.#loaded;
  }

  /** Whether one of them comes with a fault, or ever did: a call that has asked already relies on it. */
  get faulty(): boolean {
    return this.#faulty;
  }

  get(name: string): Reply | undefined {
    return this.#replies.get(name);
  }

  list(): readonly { readonly name: string; readonly reply: Reply }[] {
    return [...this.#replies].map(([name, reply]) => ({ name, reply }));
  }

  /**
   * Adds a reply, in the place of one of the same name.
   *
   * @param json What a file of `fixtures/replies` would say, parsed.
   * @throws {Error} in one line when it is no reply, or the name none.
   */
  put(name: string, json: unknown): void {
    if (!NAME.test(name)) {
      throw new Error(
        `Failed to name a reply: expected a-z, 0-9 and single -, got ${JSON.stringify(name)}. Rename it.`,
      );
    }
    if (this.#replies.size >= MOST_REPLIES && !this.#replies.has(name)) throw tooMany(this.#replies.size + 1);
    const read = readReply(json);
    if ('wrong' in read) throw new Error(read.wrong.map((wrong) => noReply(`the reply "${name}"`, wrong))[0]);
    this.#change(name, read.reply);
  }

  /** Whether there was one. */
  remove(name: string): boolean {
    const known = this.#replies.has(name);
    if (known) this.#change(name, undefined);
    return known;
  }

  /** Forgets what was put and removed, and what has been answered. */
  clear(): void {
    this.#changes.clear();
    this.#counts.clear();
    this.#replies = this.#order();
  }

  /** Takes other files for those that were loaded; what was put and removed stays so. */
  reload(loaded: ReadonlyMap<string, Reply>): void {
    this.#loaded = loaded;
    this.#replies = this.#order();
  }

  /** The next answer of a reply, counted; undefined when there is no such reply. */
  play(name: string, run: Run): ScriptedAnswer | undefined {
    const reply = this.#replies.get(name);
    if (reply === undefined) return undefined;
    const key = keyOf(name, reply, run);
    const at = this.#counts.get(key) ?? 0;
    if (reply.sequence !== undefined || reply.once === true) this.#count(key, at + 1);
    return answerOf(reply, at);
  }

  /** The first, in the order of names, that matches a run; or why each does not. */
  match(run: Run): { readonly name: string } | { readonly why: readonly string[] } {
    const why: string[] = [];
    const effort = new Effort();
    for (const [name, reply] of this.#matching) {
      const reason = this.#spent(name, reply, run) ? 'it has been played' : mismatch(reply.match ?? {}, run, effort);
      if (reason === undefined) return { name };
      why.push(`${name}: ${reason}`);
    }
    if (effort.short) why.unshift('the call is too long to search all of it for every pattern');
    return { why };
  }

  #spent(name: string, reply: Reply, run: Run): boolean {
    if (reply.once !== true) return false;
    return (this.#counts.get(keyOf(name, reply, run)) ?? 0) >= (reply.sequence?.length ?? 1);
  }

  #count(key: string, times: number): void {
    this.#counts.delete(key);
    this.#counts.set(key, times);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MOST_COUNTS && oldest !== undefined) this.#counts.delete(oldest);
  }

  #change(name: string, reply: Reply | undefined): void {
    this.#changes.set(name, reply);
    // What is new has not answered yet.
    for (const key of this.#counts.keys()) if (key.split('\n', 1)[0] === name) this.#counts.delete(key);
    this.#replies = this.#order();
  }

  #order(): ReadonlyMap<string, Reply> {
    const all = [...this.#loaded, ...this.#changes].filter((entry) => entry[1] !== undefined) as [string, Reply][];
    const removed = new Set([...this.#changes].filter(([, reply]) => reply === undefined).map(([name]) => name));
    const kept = all.filter(([name]) => !removed.has(name)).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const ordered = new Map(kept);
    this.#matching = [...ordered].filter(([, { match }]) => match !== undefined);
    this.#faulty ||= [...ordered.values()].some(mayFault);
    return ordered;
  }
}

function keyOf(name: string, { perSession }: Reply, run: Run): string {
  return perSession === true ? `${name}\n${run.sessionKey}` : name;
}

/**
 * Every reply of some folders by its name, the file's name without `.json`.
 *
 * @param folders Of two with the same file the later one rules. Default: the kit's own `fixtures/replies`.
 * @throws {Error} when files are not replies; the message has a line for each thing wrong, with its file and line.
 */
export async function loadReplies(...folders: readonly string[]): Promise<Replies> {
  const loaded = new Map<string, Reply>();
  const faults: string[] = [];
  // One after the other: of a thousand at once some would find no descriptor.
  for (const [name, file] of await replyFiles(folders)) {
    const read = await readFrom(file);
    if ('reply' in read) loaded.set(name, read.reply);
    else faults.push(...read.faults);
  }
  if (faults.length === 0) return new Replies(loaded);
  const more = faults.length - MOST_FAULTS;
  throw new Error([...faults.slice(0, MOST_FAULTS), ...(more > 0 ? [`And ${more} more.`] : [])].join('\n'));
}

/** The files of replies by name. */
export async function replyFiles(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const folder of folders.length === 0 ? [BUILT_IN_REPLIES] : folders) {
    for (const file of await filesIn(folder)) files.set(basename(file, '.json'), join(folder, file));
  }
  if (files.size > MOST_REPLIES) throw tooMany(files.size);
  return files;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((file) => file.endsWith('.json'));
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unreadable one';
    throw new Error(
      `Failed to load ${resolve(folder)}: expected a folder of replies, got ${got}. Name an existing one.`,
      {
        cause,
      },
    );
  }
}

/** The reply that a file is, or a line for each thing wrong with it: `Failed to load FILE:LINE: …`. */
export async function readFrom(file: string): Promise<{ readonly reply: Reply } | { readonly faults: string[] }> {
  const text = await textOf(file);
  if (typeof text !== 'string') return { faults: [noReply(file, text)] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : 'unreadable';
    const offset = Number(/position (\d+)/.exec(fault)?.[1] ?? text.trimEnd().length);
    const line = text.slice(0, offset).split('\n').length;
    return { faults: [noReply(`${file}:${line}`, { path: [], message: fault.replace(/ in JSON at .*/s, '') })] };
  }
  const read = readReply(json);
  if ('reply' in read) return read;
  return { faults: read.wrong.map((wrong) => noReply(`${file}:${lineOf(text, wrong.path)}`, wrong)) };
}

async function textOf(file: string): Promise<string | Wrong> {
  try {
    const about = await stat(file);
    // A pipe would be waited for.
    if (!about.isFile()) return { path: [], message: 'expected a file, got something else' };
    if (about.size <= FILE_BYTES) return await readFile(file, 'utf8');
    return { path: [], message: `expected a file of at most ${FILE_BYTES} bytes, got ${about.size}` };
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    return { path: [], message: `expected a file that can be read, got ${got}` };
  }
}

function noReply(what: string, { path, message }: Wrong): string {
  const at = path.length === 0 ? '' : `${path.join('.')}: `;
  return `Failed to load ${what}: ${at}${message}. See fixtures/schemas/reply.schema.json.`;
}

function tooMany(got: number): Error {
  return new Error(`Failed to load replies: expected at most ${MOST_REPLIES}, got ${got}. Remove some.`);
}
