/** For each rule a client that breaks it, and those nearest to it that do not. */

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { Faults } from '../faults.ts';
import type { GatewayOptions } from '../gateway.ts';
import { deployed, HEADERS, PATH, saying, TOKEN } from '../testing/deployed.ts';
import { findingLines, lint } from './client-lint.ts';
import type { JournalEntry } from './entry.ts';
import { Journal } from './journal.ts';

const PATIENCE = { timeout: 20_000 };

interface House {
  readonly url: string;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Lets time pass, in milliseconds; otherwise it stands still. */
  readonly pass: (ms: number) => void;
  /** Sends a body and reads the answer to its end; resolves when the journal has it. */
  readonly post: (body: string, headers?: object, path?: string, method?: string) => Promise<JournalEntry>;
  /** Ids of what is found. */
  readonly found: () => string[];
}

async function house(more: Partial<GatewayOptions> = {}, holdDoneMs = 0): Promise<House> {
  let time = Date.now();
  const journal = new Journal({ now: () => time, holdDoneMs });
  const faults = new Faults();
  const gateway = deployed({ journal, faults, ...more });
  const url = await gateway.listen();
  onTestFinished(() => gateway.close(0));
  return {
    url,
    journal,
    faults,
    pass: (ms) => void (time += ms),
    async post(body, headers = {}, path = PATH, method = 'POST') {
      const after = journal.last;
      const sent = method === 'GET' ? { method } : { method, headers: { ...HEADERS, ...headers }, body };
      const answer = await fetch(`${url}${path}`, sent).catch(() => undefined);
      await answer?.text().catch(() => 'cut');
      return await journal.waitForRequest({ ended: true }, { timeoutMs: 20_000, after });
    },
    found: () => lint(journal).map(({ id }) => id),
  };
}

type Turns = readonly string[];

/** A call with a history: what the client said, with an answer between. */
function chat(said: Turns, more: object = {}): string {
  const messages = said.flatMap((content) => [
    { role: 'user', content },
    { role: 'assistant', content: `You said: ${content}` },
  ]);
  return JSON.stringify({ model: 'openclaw', messages: messages.slice(0, -1), ...more });
}

describe('one-user', () => {
  const CHATS = ['cats', 'dogs', 'birds'];
  const turns = (topic: string): Turns[] => [
    [topic],
    [topic, `more ${topic}`],
    [topic, `more ${topic}`, `enough ${topic}`],
  ];
  /** Turn by turn, each conversation's in turn. */
  const sameTime = [0, 1, 2].flatMap((n) => CHATS.map((topic) => ({ topic, said: turns(topic)[n] ?? [] })));
  const oneByOne = CHATS.flatMap((topic) => turns(topic).map((said) => ({ topic, said })));

  async function talk(calls: typeof sameTime, more: (topic: string) => object): Promise<string[]> {
    const { post, found } = await house();
    for (const { topic, said } of calls) await post(chat(said, more(topic)));
    return found();
  }

  test('three conversations at the same time with one user', async () => {
    expect(await talk(sameTime, () => ({ user: 'app' }))).toContain('one-user');
  });

  test('not: with a user each, with none, with a session key, one after another, or two', async () => {
    expect(await talk(sameTime, (topic) => ({ user: topic }))).not.toContain('one-user');
    expect(await talk(sameTime, () => ({}))).toEqual([]);
    expect(await talk(oneByOne, () => ({ user: 'dave' }))).not.toContain('one-user');
    const two = sameTime.filter(({ topic }) => topic !== 'birds');
    expect(await talk(two, () => ({ user: 'dave' }))).not.toContain('one-user');
  });

  test('not: a client that leaves the history to the session, whatever is said in it', async () => {
    const { post, found } = await house();
    for (const { said } of sameTime) await post(saying(said.at(-1), { user: 'dave' }));
    expect(found()).toEqual([]);
  });
});

describe('history-twice', () => {
  test.each([
    ['user', { user: 'dave' }, {}],
    ['session key', {}, { 'x-openclaw-session-key': 'mine' }],
  ])('the whole history, to a session that has it by its %s', async (_, more, headers) => {
    const { post, journal } = await house();
    await post(chat(['one'], more), headers);
    await post(chat(['one', 'two'], more), headers);
    expect(lint(journal)).toMatchObject([{ id: 'history-twice', entries: [1, 2] }]);
  });

  test('not: the history alone, the session alone, examples, a history that no session remembers', async () => {
    const { post, found } = await house();
    await post(chat(['one']));
    await post(chat(['one', 'two']));
    for (const text of ['one', 'two', 'one']) await post(saying(text, { user: 'dave' }));
    for (const text of ['three', 'four']) await post(chat(['an example', text], { user: 'erin' }));
    await post(chat(['of before', 'now'], { user: 'frank' }));
    expect(found()).toEqual([]);
  });

  test('not: to a session that was reset, although it remembers something again', async () => {
    const { Sessions } = await import('../sessions/sessions.ts');
    const sessions = new Sessions();
    const { post, found } = await house({ sessions });
    await post(chat(['one'], { user: 'dave' }));
    sessions.reset();
    await post(chat(['another'], { user: 'dave' }));
    await post(chat(['one', 'two'], { user: 'dave' }));
    expect(found()).toEqual([]);
  });

  test('not: a turn that failed, said again', async () => {
    const { post, faults, found } = await house();
    await post(saying('hi', { user: 'dave' }));
    faults.add({ status: 500 });
    await post(saying('one', { user: 'dave' }));
    await post(chat(['one', 'two'], { user: 'dave' }));
    expect(found()).toEqual([]);
  });
});

describe('retries-refused', () => {
  const WRONG = { Authorization: 'Bearer wrong-secret' };
  const LARGE = ' '.repeat(21 * 1024 * 1024);

  test.each([
    [400, '{', {}, PATH, 'POST'],
    [401, saying('hi'), WRONG, PATH, 'POST'],
    [404, saying('hi'), {}, '/v1/nope', 'POST'],
    [405, saying('hi'), {}, PATH, 'PUT'],
    [413, LARGE, {}, PATH, 'POST'],
  ])('a %i that is asked again', async (status, body, headers, path, method) => {
    const { post, pass, journal } = await house();
    expect((await post(body, headers, path, method)).status).toBe(status);
    pass(1_000);
    await post(body, headers, path, method);
    expect(lint(journal)).toMatchObject([{ id: 'retries-refused', entries: [1, 2] }]);
  });

  test('not: with another secret, with another body, as another agent, a minute later', async () => {
    const { post, pass, found } = await house();
    await post(saying('hi'), WRONG);
    await post(saying('hi'));
    await post(saying('hi'), { Authorization: 'Bearer another-wrong-secret' });
    await post(saying('hi', { model: 'openclaw:ghost' }), {});
    await post(saying('hi', { model: 'openclaw:ghost' }), { 'x-openclaw-agent-id': 'beta' });
    await post('{', {});
    pass(60_000);
    await post('{', {});
    expect(found()).toEqual([]);
  });

  test('not: requests that were on their way together, and a look whether the gateway is there', async () => {
    const { post, found } = await house();
    for (let n = 0; n < 3; n++) await post('', {}, PATH, 'GET');
    for (let n = 0; n < 3; n++) await post('', {}, '/health-of-mine', 'GET');
    expect(found()).toEqual([]);
    // Told by the entries alone: which of two sockets is served first is chance.
    const { post: ask, journal } = await house();
    const first = await ask('{');
    const second = { ...first, number: 2 };
    expect(lint([first, second]).map(({ id }) => id)).toEqual(['retries-refused']);
    const together = { ...first, timings: { ...first.timings, firstByte: 500, end: 501 } };
    expect(lint([together, second])).toEqual([]);
    expect(lint(journal)).toEqual([]);
  });

  test('not: a 429 or a 500 that is asked again', async () => {
    const { post, faults, pass, found } = await house();
    for (const status of [429, 500]) {
      faults.add({ status });
      await post(saying('hi'));
      pass(500);
      await post(saying('hi'));
      pass(500);
    }
    expect(found()).toEqual([]);
  });
});

describe('ignores-retry-after', () => {
  async function asking(waits: readonly number[], retryAfter: number): Promise<string[]> {
    const { post, faults, pass, found } = await house();
    faults.add({ status: 429, retryAfter, times: waits.length });
    await post(saying('hi'));
    for (const ms of waits) {
      pass(ms);
      await post(saying('hi'));
    }
    return found();
  }

  test('a request that is sent again too soon', async () => {
    expect(await asking([500], 2)).toEqual(['ignores-retry-after']);
    expect(await asking([2_000, 1_500], 2)).toEqual(['ignores-retry-after']);
  });

  test('not: one that waits, one that was told 0, and another request meanwhile', async () => {
    expect(await asking([2_000, 2_500], 2)).toEqual([]);
    expect(await asking([0, 0, 0], 0)).toEqual([]);
    const { post, faults, found } = await house();
    faults.add({ status: 429, retryAfter: 60 });
    await post(saying('hi'));
    await post(saying('something else'));
    expect(found()).toEqual([]);
  });
});

describe('no-backoff', () => {
  async function trying(pauses: readonly number[], fault: object): Promise<string[]> {
    const { post, faults, pass, found } = await house();
    faults.add({ ...fault, times: pauses.length });
    await post(saying('hi', { stream: true }));
    for (const ms of pauses) {
      pass(ms);
      await post(saying('hi', { stream: true }));
    }
    return found();
  }

  test.each([{ status: 503 }, { status: 429 }, { cut: 2 }, { reset: 0 }])(
    'three attempts at once: %j',
    async (fault) => {
      expect(await trying([0, 20], fault)).toEqual(['no-backoff']);
    },
  );

  test.each([{ status: 503 }, { cut: 2 }])(
    'not: one attempt at once, then a pause; pauses that grow: %j',
    async (fault) => {
      expect(await trying([0, 500, 0, 1_000], fault)).toEqual([]);
      expect(await trying([375, 750, 1_500], fault)).toEqual([]);
    },
  );

  test('not: the same said three times, and answered', async () => {
    const { post, found } = await house();
    for (let n = 0; n < 5; n++) await post(saying('hi'));
    expect(found()).toEqual([]);
  });
});

describe('left-before-done', () => {
  async function leaving(at: House, mark: string, content = 'play:sentence'): Promise<void> {
    const after = at.journal.last;
    const body = saying(content, { stream: true });
    const response = await fetch(`${at.url}${PATH}`, { method: 'POST', headers: HEADERS, body });
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes(mark)) break;
    }
    await at.journal.waitForRequest({ ended: true }, { timeoutMs: 20_000, after });
  }

  test('a client that leaves at the finish reason', async () => {
    const here = await house({}, 60_000);
    await leaving(here, '"finish_reason":"stop"');
    expect(lint(here.journal)).toMatchObject([{ id: 'left-before-done', entries: [1] }]);
  });

  test('not: one that leaves in the middle, at [DONE], or because the gateway never says it', async () => {
    const here = await house({}, 5);
    await leaving(here, '"assistant"', 'play:hang');
    await leaving(here, 'data: [DONE]');
    here.faults.add({ noDone: true });
    await leaving(here, '"finish_reason":"stop"');
    expect(here.found()).toEqual([]);
  });
});

describe('no-abort', () => {
  /** 25 MB. */
  const long: Backend = {
    async *run() {
      for (let n = 0; n < 400; n++) yield { type: 'text', text: 'x'.repeat(65_536) };
    },
  };

  /** A client that reads of a long answer as far as the buffers go, and what its entry is by then. */
  async function stopping({ url, journal }: House) {
    const request = httpRequest(`${url}${PATH}`, { method: 'POST', headers: HEADERS }).end(
      saying('hi', { stream: true }),
    );
    request.on('error', () => undefined);
    const [response] = await once(request, 'response');
    response.on('error', () => undefined).pause();
    const [entry] = journal.entries();
    // The buffers between take what they can; then no chunk follows the last one, however often one looks.
    let [chunks, same] = [-1, 0];
    const full = (): boolean => {
      same = entry?.chunks === chunks && typeof entry.timings.stalled === 'number' ? same + 1 : 0;
      chunks = entry?.chunks ?? 0;
      return same > 4;
    };
    await expect.poll(full, { ...PATIENCE, interval: 100 }).toBe(true);
    return { request, response, entry };
  }

  test('a client that stops reading and stays, even if it leaves in the end', async () => {
    const here = await house({ backend: long });
    const { request } = await stopping(here);
    here.pass(5_000);
    expect(lint(here.journal)).toMatchObject([{ id: 'no-abort', entries: [1] }]);
    request.destroy();
    await here.journal.waitForRequest({ ended: true }, { timeoutMs: 20_000 });
    expect(here.found()).toEqual(['no-abort']);
  });

  test('not: one that leaves soon, and one that takes a rest and reads on', async () => {
    const here = await house({ backend: long });
    const { request } = await stopping(here);
    here.pass(4_000);
    request.destroy();
    await here.journal.waitForRequest({ ended: true }, { timeoutMs: 20_000 });
    expect(here.found()).toEqual([]);
    const there = await house({ backend: long });
    const { response } = await stopping(there);
    there.pass(60_000);
    response.resume();
    await once(response, 'end');
    const entry = await there.journal.waitForRequest({ ended: true }, { timeoutMs: 20_000 });
    expect([entry.abortedBy, there.found()]).toEqual([null, []]);
  });
});

describe('secret-in-query', () => {
  test.each([`?token=${TOKEN}`, '?api_key=of-a-client', `?x=${encodeURIComponent(`Bearer ${TOKEN}`)}`])(
    '%s',
    async (query) => {
      const { post, journal } = await house();
      await post(saying('hi'), {}, `${PATH}${query}`);
      expect(lint(journal)).toMatchObject([{ id: 'secret-in-query', entries: [1] }]);
    },
  );

  test.each(['?trace=1', '?api-version=2024-10-21', '?session-key=mine', '?'])('not: %s', async (query) => {
    const { post, found } = await house();
    await post(saying('hi'), {}, `${PATH}${query}`);
    expect(found()).toEqual([]);
  });
});

describe('the official SDK comes out clean', () => {
  test('retries, backoff, Retry-After, refusals, streams, aborts and all', async () => {
    const journal = new Journal({ holdDoneMs: 5 });
    const faults = new Faults();
    const gateway = deployed({ journal, faults });
    const baseURL = `${await gateway.listen()}/v1`;
    onTestFinished(() => gateway.close(0));
    const client = new OpenAI({ baseURL, apiKey: TOKEN });
    const call = (content: string, user?: string) => {
      return { model: 'openclaw', messages: [{ role: 'user' as const, content }], ...(user && { user }) };
    };
    await client.chat.completions.create(call('hi', 'dave'));
    await client.chat.completions.create(call('and again', 'dave'));
    for (const fault of [
      { status: 429, retryAfter: 1 },
      { status: 503, times: 2 },
    ]) {
      faults.add(fault);
      await client.chat.completions.create(call(`after ${JSON.stringify(fault)}`));
    }
    const refusing = client.chat.completions.create({ ...call('hi'), model: 'gpt-4o' });
    await expect(refusing).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const stranger = new OpenAI({ baseURL, apiKey: 'wrong-secret' }).chat.completions.create(call('hi'));
    await expect(stranger).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    const whole = await client.chat.completions.create({ ...call('play:sentence'), stream: true });
    expect((await Array.fromAsync(whole)).length).toBe(7);
    const left = await client.chat.completions.create({ ...call('play:hang'), stream: true });
    for await (const _ of left) break;
    const helper = client.chat.completions.stream(call('play:sentence'));
    expect((await helper.finalChatCompletion()).choices[0]?.finish_reason).toBe('stop');
    await journal.waitForRequest((entry) => entry.number === journal.last && entry.ended, { timeoutMs: 20_000 });
    expect(journal.entries({ abortedBy: 'client' })).toHaveLength(1);
    expect(journal.entries({ status: 503 })).toHaveLength(2);
    expect(lint(journal)).toEqual([]);
    expect(findingLines(journal)).toEqual([`Client lint: nothing found in ${journal.last} requests.`]);
  });

  test('but not one that breaks out of its stream at the finish reason', async () => {
    const journal = new Journal({ holdDoneMs: 60_000 });
    const gateway = deployed({ journal });
    const client = new OpenAI({ baseURL: `${await gateway.listen()}/v1`, apiKey: TOKEN });
    onTestFinished(() => gateway.close(0));
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const stream = await client.chat.completions.create({ model: 'openclaw', messages, stream: true });
    for await (const { choices } of stream) if (choices[0]?.finish_reason === 'stop') break;
    await journal.waitForRequest({ ended: true }, { timeoutMs: 20_000 });
    expect(lint(journal)).toMatchObject([{ id: 'left-before-done' }]);
  });
});

test('findings are told in lines: what, which requests, how to mend it, where it stands', async () => {
  const { post, journal } = await house();
  for (let n = 0; n < 12; n++) await post('{', {}, `${PATH}?token=x`);
  expect(findingLines(journal)).toEqual([
    'Client lint: 2 found in 12 requests.',
    expect.stringMatching(/^ {2}retries-refused: A request that was refused for good .*\.$/),
    '    Requests: #1, #2, #3, #4, #5, #6, #7, #8, #9, #10 and 2 more',
    expect.stringMatching(/^ {4}Mend: Retry after .*\.$/),
    '    See: https://docs.openclaw.ai/gateway/openai-http-api#authentication',
    expect.stringMatching(/^ {2}secret-in-query: .*\.$/),
    expect.stringMatching(/^ {4}Requests: /),
    expect.stringMatching(/^ {4}Mend: /),
    expect.stringMatching(/^ {4}See: /),
  ]);
});
