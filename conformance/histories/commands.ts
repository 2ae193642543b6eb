/** What a history is made of, and how each command is done and judged. */
import type { AsyncCommand } from 'fast-check';
import type { Dial } from '../dial/dial.ts';
import { Violation, shown } from '../dial/expectation.ts';
import { described, textOf, streamText } from '../dial/reading.ts';
import { attempt, type Call } from '../dial/sdk.ts';
import { WHICH_WORDS, known, play, remember } from '../vocabulary/prompts.ts';
import type { Exchange } from '../wire/exchange.ts';
import { formOf } from './form.ts';
import { sessionOf, type Client, type Told } from './sessions-model.ts';
import { AGENT_HEADER, KEY_HEADER } from '../dial/headers.ts';

/** One step of a history. */
export type Command =
  | ({ readonly does: 'tells'; readonly client: Client; readonly long?: boolean } & Manner)
  | { readonly does: 'tells again'; readonly client: Client; readonly streamed?: boolean }
  | ({ readonly does: 'asks'; readonly client: Client } & Manner)
  | { readonly does: 'fails'; readonly client: Client; readonly reply: Failing; readonly streamed?: boolean }
  | { readonly does: 'leaves'; readonly client: Client; readonly when: Moment }
  | { readonly does: 'tells two at once'; readonly both: readonly [Client, Client]; readonly streamed?: boolean }
  | { readonly does: 'is refused'; readonly client: Client; readonly status: Refused }
  | { readonly does: 'lets others call'; readonly size: number };

/** How a call is made: as a stream, and with messages in front that each call of the history has alike. */
interface Manner {
  readonly streamed?: boolean;
  readonly opening?: Opening | undefined;
}

/** What stands in front of the prompt: a turn of user and agent, a system message, or both. */
export type Opening = 'a turn' | 'a rule' | 'a rule and a turn';

/** Replies of runs that fail. */
export type Failing = 'fail-400' | 'fail-500' | 'fail-400-after-text';

/** How a call is refused: without a message, without the secret, or because it is too large. */
type Refused = 400 | 401 | 413;

/** When a client leaves its stream. */
export type Moment = 'before the first word' | 'in the middle' | 'after the finish';

/** What a requirement says of the answers of a history. */
export type Promised = 'memory' | 'isolation' | 'form';

/** What the commands of one history act on. */
export interface World {
  readonly dial: Dial;
  readonly nonce: string;
  readonly judges: readonly Promised[];
  /** The calls that were answered, in the order in which the history made them. */
  readonly exchanges: Exchange[];
  /** The form of the first streamed answer. */
  form?: string | undefined;
}

/** What came in place of an answer, of a session that takes no further call. */
export const SHUT = 'no answer, while another session has one';

/** A text about nothing, which makes a call long: 8 kB. */
const LONG = 'The weather was fine, and the road went on along the river. '.repeat(136);

/** In bytes; the limit of every release is lower, 20 MiB at most. */
const TOO_LARGE = 21 * 1024 * 1024;

/** How many of the others call at once. */
const AT_ONCE = 8;

/** A command as fast-check runs it. */
export class Step implements AsyncCommand<Told, World> {
  readonly command: Command;

  constructor(command: Command) {
    this.command = command;
  }

  /** Two first calls of one session at once may each begin it: of two at once the session was told something before. */
  check(told: Readonly<Told>): boolean {
    const { command } = this;
    if (command.does === 'tells again') return told.of(sessionOf(command.client)).length > 0;
    if (command.does !== 'tells two at once') return true;
    return command.both.every((client) => told.of(sessionOf(client)).length > 0);
  }

  async run(told: Told, world: World): Promise<void> {
    const { command } = this;
    switch (command.does) {
      case 'tells':
        return tells(told, world, command.client, command);
      case 'tells again': {
        const word = told.of(sessionOf(command.client)).at(-1);
        await answer(world, command.client, remember(word!), command);
        return;
      }
      case 'asks':
        return asks(told, world, command.client, command);
      case 'fails':
        return fails(world, command.client, command.reply, command.streamed);
      case 'leaves':
        return leaves(told, world, command.client, command.when);
      case 'tells two at once': {
        const [first, second] = command.both;
        await Promise.all([tells(told, world, first, command), tells(told, world, second, {})]);
        return;
      }
      case 'is refused':
        return isRefused(told, world, command.client, command.status);
      case 'lets others call':
        return othersCall(world, command.size);
    }
  }

  toString(): string {
    return JSON.stringify(this.command);
  }
}

/** A word that no other call of the run is told. All have one length, so that none is a part of another. */
function freshWord(told: Told, { nonce }: World): string {
  const at = told.words.length;
  return `KW-${nonce}-${[Math.floor(at / 26), at % 26].map((n) => String.fromCharCode(97 + n)).join('')}`;
}

async function tells(
  told: Told,
  world: World,
  client: Client,
  { long = false, ...manner }: Manner & { long?: boolean },
): Promise<void> {
  const word = freshWord(told, world);
  told.add(word, sessionOf(client));
  await answer(world, client, long ? `${remember(word)}\n\n${LONG}` : remember(word), manner);
}

async function asks(told: Told, world: World, client: Client, manner: Manner): Promise<void> {
  const { judges } = world;
  const session = sessionOf(client);
  const said = await answer(world, client, WHICH_WORDS, manner);
  if (said === undefined) return;
  const knows = new Set(known(said, told.words));
  const call = `call ${world.exchanges.length}`;
  const missing = told.of(session).find((word) => !knows.has(word));
  if (judges.includes('memory') && missing !== undefined)
    throw new Violation(`${call} to know ${missing}, which its session was told`, shown(said), world.exchanges);
  const foreign = told.beside(session).find((word) => knows.has(word));
  if (judges.includes('isolation') && foreign !== undefined)
    throw new Violation(
      `${call} not to know ${foreign}, which its session was not told`,
      `an answer with it: ${shown(said)}`,
      world.exchanges,
    );
}

/** The answer to one call; undefined where the call is refused although it is one that a gateway may refuse. */
async function answer(
  world: World,
  client: Client,
  text: string,
  { streamed = false, opening }: Manner = {},
): Promise<string | undefined> {
  const { dial, judges, exchanges } = world;
  const call = callOf(world, client);
  const signal = AbortSignal.timeout(dial.patience / 2);
  const asked = { ...call, signal };
  const prompt = opening === undefined ? text : [...openingOf(world, opening), { role: 'user', content: text }];
  const { exchange } = await (streamed ? dial.stream(prompt, asked) : dial.ask(prompt, asked)).catch((cause: unknown) =>
    shut(world, client, cause),
  );
  exchanges.push(exchange);
  // Newer releases refuse null by their schema.
  if (client.user === null && exchange.status === 400) return undefined;
  const form = streamed ? formOf(exchange) : undefined;
  world.form ??= form;
  if (judges.includes('form') && form !== undefined && form !== world.form)
    throw new Violation(`call ${exchanges.length} to be streamed as the first one: ${world.form}`, form, exchanges);
  try {
    return streamed ? streamText(exchange) : textOf(exchange);
  } catch (cause) {
    if (!(cause instanceof Violation)) throw cause;
    throw new Violation(`${cause.expected} to call ${exchanges.length}`, cause.got, exchanges);
  }
}

/** The messages in front of a prompt, the same in each call of a history. */
function openingOf({ nonce }: World, opening: Opening): object[] {
  const rule = { role: 'system', content: `Be brief. ${nonce}` };
  const turn = [
    { role: 'user', content: `Hello. ${nonce}` },
    { role: 'assistant', content: 'Hello.' },
  ];
  return [...(opening === 'a turn' ? [] : [rule]), ...(opening === 'a rule' ? [] : turn)];
}

/** A call whose run fails, before its first word or behind it; what the client is told of it is for other cases. */
async function fails({ dial, ...world }: World, client: Client, reply: Failing, streamed = false): Promise<void> {
  const { body, headers } = callOf({ dial, ...world }, client);
  const sent = dial.body(`${play(reply)} ${world.nonce}`, { ...body, ...(streamed && { stream: true }) });
  world.exchanges.push(await dial.send(sent, headers ? { headers } : {}));
}

/**
 * A call that got no answer: a violation when another session gets one, and this one none again; else `cause` is thrown,
 * as the gateway may only have been slow.
 */
async function shut(world: World, client: Client, cause: unknown): Promise<never> {
  const { dial, nonce, exchanges } = world;
  const hello = `Say hello. ${nonce}`;
  const { exchange } = await dial.ask(hello, { body: { user: `other-${nonce}` } });
  if (exchange.status !== 200) throw cause;
  const again = await attempt(() =>
    dial.ask(hello, { ...callOf(world, client), signal: AbortSignal.timeout(dial.patience / 2) }),
  );
  if (again.value) throw cause;
  const expected = `an answer to call ${exchanges.length + 1}`;
  throw new Violation(expected, SHUT, exchanges);
}

/** Opens a stream and goes away from it; nothing is known of whether the word of this call is remembered. */
async function leaves(told: Told, world: World, client: Client, when: Moment): Promise<void> {
  const { dial, exchanges } = world;
  const word = freshWord(told, world);
  told.add(word, sessionOf(client), false);
  const ends = { 'before the first word': 'slow-start', 'in the middle': 'spoken', 'after the finish': 'one-word' };
  const { body, headers } = callOf(world, client);
  const wire = dial.at(dial.deployment.name);
  const seen = await attempt(async () => {
    const sent = wire.body(`${remember(word)} ${play(ends[when])}`, { ...body, stream: true });
    const stream = await wire.sdk.chat.completions.create(sent as unknown as StreamingParams, {
      ...(headers && { headers }),
      signal: AbortSignal.timeout(dial.patience / 2),
    });
    if (when === 'before the first word') return stream.controller.abort();
    for await (const chunk of stream) {
      const [choice] = (chunk.choices as (typeof chunk.choices)[number][] | undefined) ?? [];
      if (when === 'in the middle' ? choice?.delta?.content : choice?.finish_reason) return;
    }
  });
  const exchange = await wire.wire().catch((cause: unknown) => shut(world, client, seen.failure ?? cause));
  exchanges.push(exchange);
  if (exchange.status === 200) return;
  throw new Violation(`a streamed answer to call ${exchanges.length}`, described(exchange), exchanges);
}

type StreamingParams = Parameters<Dial['sdk']['chat']['completions']['create']>[0] & { stream: true };

/** A call that no run follows; with a wrong secret or a text too large it tells a word that nothing may know. */
async function isRefused(told: Told, world: World, client: Client, status: Refused): Promise<void> {
  const { dial, exchanges, nonce } = world;
  const { body, headers = {} } = callOf(world, client);
  if (status === 400) {
    exchanges.push(await dial.send(dial.body([], body), { headers }));
  } else if (status === 413) {
    const word = freshWord(told, world);
    told.add(word, undefined);
    // A gateway may break the connection instead.
    const reply = await dial.sendOrReset(tooLarge(dial.body(`${remember(word)} |`, body)), { headers });
    if ('status' in reply) exchanges.push(reply);
  } else if (dial.deployment.credential !== undefined) {
    const word = freshWord(told, world);
    told.add(word, undefined);
    exchanges.push(await dial.send(dial.body(remember(word), body), { headers, credential: `wrong-${nonce}` }));
  }
}

/** The JSON with blanks in place of the bar: more than any release takes. */
function tooLarge(body: object): Uint8Array<ArrayBuffer> {
  const [front, back] = JSON.stringify(body).split('|');
  return Buffer.concat([Buffer.from(front!), Buffer.alloc(TOO_LARGE, ' '), Buffer.from(back!)]);
}

/** Many other users call; their sessions are told words that are not asked for. */
async function othersCall(world: World, size: number): Promise<void> {
  const users = Array.from({ length: size }, (_, at) => ({ user: `{nonce}-other-${at}` }));
  for (let at = 0; at < size; at += AT_ONCE)
    await Promise.all(users.slice(at, at + AT_ONCE).map((client) => answer(world, client, 'Say hello.')));
}

/** The fields and the headers that name the session. */
function callOf({ dial, nonce }: World, { user, key, agent = 0, by = 'openclaw:', fields }: Client): Call {
  const digits = String(BigInt(`0x1${nonce}`));
  const filled = (name: string): string => name.replaceAll('{nonce}', nonce).replaceAll('{digits}', digits);
  const named = dial.agents[agent] ?? dial.agents[0];
  const headers = {
    ...(key !== undefined && { [KEY_HEADER]: filled(key) }),
    ...(by === 'header' && { [AGENT_HEADER]: named }),
  };
  return {
    body: {
      ...fields,
      model: by === 'header' ? 'openclaw' : `${by}${named}`,
      ...(user !== undefined && { user: user === null ? null : filled(user) }),
    },
    headers,
  };
}
