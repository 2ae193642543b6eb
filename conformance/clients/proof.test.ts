/** Wrong clients are each caught by what they break, and by nothing else; sound ones, however they differ, by nothing. */
import { describe, expect, test } from 'vitest';
import { judgeClient, type ClientFunction } from './function.ts';
import type { ClientOptions } from './judge.ts';
import { REQUIREMENTS } from './requirements.ts';
import { clientOf, SOUND, type Parts } from './sound.ts';
import { askingWrongly } from './wrong/asking.ts';
import { endingWrongly } from './wrong/endings.ts';
import { sendingWrongly } from './wrong/sending.ts';
import { readingWrongly } from './wrong/streams.ts';
import { toolsWrongly, wholesWrongly } from './wrong/wholes.ts';

/** Times are shorter than a real client is given, so that the proof runs in seconds. */
const QUICK: ClientOptions = { heartbeat: 0.5, patience: 3, large: 96, concurrency: 6 };

/** The ids that fire about a client, in the order of the requirements. */
async function firing(client: ClientFunction, options: ClientOptions = {}): Promise<string[]> {
  const verdicts = await judgeClient(client, { ...QUICK, ...options });
  return verdicts.flatMap(({ verdict, id, reason }) => {
    if (verdict === 'error') throw new Error(`${id}: ${reason}`);
    return verdict === 'fail' || verdict === 'warn' ? [id] : [];
  });
}

const inOrder = (ids: readonly string[]): string[] => REQUIREMENTS.map(({ id }) => id).filter((id) => ids.includes(id));
const always =
  (stream: boolean) =>
  (client: ClientFunction): ClientFunction =>
  (prompt, given) =>
    client(prompt, { ...given, stream });
const asItIs = (client: ClientFunction): ClientFunction => client;

/**
 * The kinds of wrong clients. All parts of a sound client but one are unchanged, so a kind is judged by the chapters, and in
 * the mode, that the part has to do with.
 */
const KINDS = [
  ['asks', askingWrongly, ['answer', 'request', 'secrets', 'conversation', 'models', 'images'], asItIs],
  ['sends', sendingWrongly, ['refused', 'retries', 'leaving', 'secrets'], asItIs],
  ['reads streams', readingWrongly, ['answer', 'framing', 'broken', 'tools'], always(true)],
  ['ends streams', endingWrongly, ['answer', 'framing', 'broken', 'tools'], always(true)],
  ['reads whole answers', wholesWrongly, ['answer', 'framing', 'broken', 'tools'], always(false)],
  ['calls functions', toolsWrongly, ['tools', 'request'], asItIs],
] as const;

describe.each(KINDS)('a client that %s wrongly', (kind, clients, only, made) => {
  // Those that wait do so at the same time; the others would only slow each other down.
  const waits = kind === 'sends';
  describe(kind, { concurrent: waits }, () => {
    test.each(clients)('is caught: it $it', async ({ client, fires, heartbeat = 0.5 }) => {
      const options = { only, heartbeat, concurrency: waits ? 3 : 6 };
      const verdicts = await firing(made(client), options);
      expect(verdicts).toEqual(inOrder(fires));
    });
  });
});

test('every requirement catches a wrong client, but those that are only observed, and memory, which is a command’s', () => {
  const caught = new Set(KINDS.flatMap(([, clients]) => clients.flatMap(({ fires }) => fires)));
  const never = REQUIREMENTS.filter(({ id, level }) => level !== 'NOTE' && !caught.has(id)).map(({ id }) => id);
  expect(never).toEqual(['answer.memory']);
  expect(KINDS.flatMap(([, clients]) => clients).length).toBeGreaterThan(99);
});

/** Clients that differ from the sound one, and are as sound. */
const LAWFUL: Readonly<Record<string, Partial<Parts>>> = {
  'is as it is': {},
  'sends its session instead of what was said before': {
    async question(prompt, given) {
      const question = await SOUND.question(prompt, given);
      return {
        ...question,
        body: { ...question.body, user: given.conversation, messages: question.body.messages.slice(-1) },
      };
    },
  },
  'names its session by a key, says something as the system, and sends other headers in another order': {
    async question(prompt, given) {
      const { body, ...question } = await SOUND.question(prompt, given);
      const headers = {
        'x-openclaw-session-key': given.conversation,
        'Content-Type': 'application/json;charset=UTF-8',
        'X-Other': 'yes',
        connection: 'close',
        Authorization: `bearer ${given.apiKey}`,
      };
      return {
        ...question,
        headers,
        body: { ...body, messages: [{ role: 'system', content: 'Be brief.' }, ...body.messages.slice(-1)] },
      };
    },
  },
  'never asks again, and reads on after [DONE]': {
    async send({ url, headers, body }, { signal }) {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal,
        redirect: 'error',
      });
      if (!response.ok) throw new Error(await response.text());
      return response;
    },
    async *events(body, given) {
      yield* await Array.fromAsync(SOUND.events(body, given)).then((events) => events);
    },
  },
  'takes a finish reason for the end of a stream that ends': {
    check({ finish }) {
      if (finish === undefined) throw new Error('The stream ended too early.');
    },
  },
};

test.each(Object.entries(LAWFUL))('a client that %s breaks nothing', async (name, parts) => {
  // What shows nothing before all has come is lawful, and not recommended.
  expect(await firing(clientOf({ ...SOUND, ...parts }))).toEqual(
    name.startsWith('never') ? ['broken.after-words'] : [],
  );
});

/** Clients that earn nothing: what they pass would be passed by doing nothing. */
const NOTHING: Readonly<Record<string, ClientFunction>> = {
  'does nothing': async () => '',
  'prints the prompt': async (prompt) => prompt,
  'always fails': async () => {
    throw new Error('I am not up to it.');
  },
  'never ends': () => new Promise(() => {}),
};

test.each(Object.entries(NOTHING))('a client that %s earns nothing', async (_, client) => {
  const verdicts = await judgeClient(client, { ...QUICK, patience: 1 });
  expect(verdicts.filter(({ verdict }) => verdict !== 'unseen').map(({ id, verdict }) => `${verdict} ${id}`)).toEqual([
    'fail answer.streamed',
    'fail answer.whole',
  ]);
});

test('a client that asks well and always fails earns what it asked alone', async () => {
  const verdicts = await judgeClient(async (prompt, given) => {
    for await (const _ of clientOf()(prompt, given) as AsyncIterable<string>);
    throw new Error('I am not up to it.');
  }, QUICK);
  const passed = verdicts.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id.split('.')[0]);
  expect(new Set(passed)).toEqual(new Set(['request', 'secrets']));
});
