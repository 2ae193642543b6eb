import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import supertest from 'supertest';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Faults } from '../faults.ts';
import type { GatewayOptions } from '../gateway.ts';
import { deployed, HEADERS, PATH, saying, TOKEN } from '../testing/deployed.ts';
import { summary, type JournalEntry, type Match } from './entry.ts';
import { BODY_LIMIT } from './exchange.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { observe } from './recorder.ts';

const PATIENT = { timeoutMs: 20_000 };
const ended = { ended: true };
const AUTHORIZED = `Authorization: Bearer ${TOKEN}\r\n`;

const journal = new Journal();
const gateway = deployed({ journal });
const base = await gateway.listen();
const url = `${base}${PATH}`;
afterAll(() => gateway.close(0));

async function post(body: string, headers: object = {}, signal?: AbortSignal): Promise<Response> {
  return await fetch(url, { method: 'POST', headers: { ...HEADERS, ...headers }, body, signal: signal ?? null });
}

/** The next entry that has ended, after what `act` does. */
async function entryOf(act: () => Promise<unknown>, where = journal): Promise<JournalEntry> {
  const after = where.last;
  await act();
  return await where.waitForRequest(ended, { ...PATIENT, after });
}

/** A gateway and a journal for one test. */
async function own(
  options: JournalOptions,
  more: Partial<GatewayOptions> = {},
): Promise<{ at: string; kept: Journal }> {
  const kept = new Journal(options);
  const started = deployed({ journal: kept, ...more });
  onTestFinished(() => started.close(0));
  return { at: `${await started.listen()}${PATH}`, kept };
}

describe('what became of a request', () => {
  test('a completion', async () => {
    const before = Date.now();
    const body = saying('play:sentence', { user: 'Dave' });
    const entry = await entryOf(async () => await (await post(body, { 'User-Agent': 'tests' })).text());
    expect(entry).toEqual({
      number: expect.any(Number),
      connection: expect.any(Number),
      method: 'POST',
      path: PATH,
      query: '',
      headers: expect.objectContaining({ 'user-agent': 'tests', authorization: '[redacted]' }),
      body: JSON.parse(body),
      bodyBytes: body.length,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      status: 200,
      retryAfter: null,
      agent: 'main',
      sessionKey: 'agent:main:openai-user:dave',
      remembered: 0,
      run: expect.stringMatching(/^chatcmpl_/),
      model: 'openclaw',
      stream: false,
      reply: 'sentence',
      chunks: 0,
      finishReason: null,
      done: 'no',
      message: null,
      abortedBy: null,
      fault: null,
      ended: true,
      timings: expect.objectContaining({ stalled: null }),
    });
    const { arrived, firstByte, end } = entry.timings;
    expect(arrived).toBeGreaterThan(before - 1_000);
    expect(firstByte).toBeGreaterThan(0);
    expect(end).toBeGreaterThanOrEqual(firstByte ?? Infinity);
    const again = await entryOf(async () => await (await post(body, { 'User-Agent': 'tests' })).text());
    expect(again).toMatchObject({ number: entry.number + 1, remembered: 2, fingerprint: entry.fingerprint });
    const other = await entryOf(async () => await (await post(saying('another'))).text());
    expect(other.fingerprint).not.toBe(entry.fingerprint);
  });

  test('a stream: its chunks, its finish reason, and whether [DONE] was delivered', async () => {
    const entry = await entryOf(async () => await (await post(saying('play:sentence', { stream: true }))).text());
    // Role, five pieces of text, finish.
    expect(entry).toMatchObject({ status: 200, stream: true, chunks: 7, finishReason: 'stop', done: 'delivered' });
    expect(entry.abortedBy).toBeNull();
  });

  test.each([
    ['a wrong secret', 401, PATH, 'POST', saying('hi'), { Authorization: 'Bearer wrong-secret' }],
    ['no secret', 401, PATH, 'POST', saying('hi'), { Authorization: '' }],
    ['another path', 404, '/nope', 'POST', saying('hi'), {}],
    ['another method', 405, PATH, 'PUT', saying('hi'), {}],
    ['malformed JSON', 400, PATH, 'POST', '{"messages":[', {}],
    ['no message', 400, PATH, 'POST', '{"messages":[]}', {}],
    ['too large a body', 413, PATH, 'POST', ' '.repeat(21 * 1024 * 1024), {}],
    ['a failed run', 402, PATH, 'POST', saying('play:fail-402'), {}],
  ])('refused for %s: %i, with what it said', async (_, status, path, method, body, headers) => {
    const sent = { method, headers: { ...HEADERS, ...headers }, body };
    const entry = await entryOf(async () => await (await fetch(`${base}${path}`, sent)).text());
    expect(entry).toMatchObject({ status, path, method, abortedBy: null, message: expect.stringMatching(/./) });
    // A client that reads a 413 may stop sending.
    if (status !== 413) expect(entry.bodyBytes).toBe(body.length);
    if (body.length > BODY_LIMIT) expect(String(entry.body).length).toBeLessThanOrEqual(BODY_LIMIT + '…'.length);
    else expect(entry.body).toEqual(body.endsWith('}') ? JSON.parse(body) : body);
  });

  test('a body that never comes', async () => {
    const after = journal.last;
    const request = httpRequest(url, { method: 'POST', headers: { ...HEADERS, 'Content-Length': 100 } });
    request.on('error', () => undefined).write('{"messages"');
    const entry = await journal.waitForRequest((one) => one.bodyBytes > 0, { ...PATIENT, after });
    expect(entry).toMatchObject({ ended: false, status: null, body: null });
    expect(summary(entry)).toBe(`#${entry.number} POST ${PATH}, on its way`);
    request.destroy();
    await journal.waitForRequest(ended, { ...PATIENT, after });
    expect(entry).toMatchObject({ ended: true, status: null, abortedBy: 'client' });
  });

  test.each([
    ['nothing that is HTTP', 'nonsense\r\n\r\n', 400, ''],
    ['headers without an end', `POST ${PATH} HTTP/1.1\r\nHost: x\r\n`, 408, ''],
    ['headers that are too large', `POST ${PATH} HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, ''],
    [
      'a body that stays away',
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${AUTHORIZED}Content-Length: 9\r\n\r\n{`,
      408,
      PATH,
    ],
    [
      'a body that breaks off',
      `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${AUTHORIZED}Transfer-Encoding: chunked\r\n\r\nno`,
      400,
      PATH,
    ],
  ])('what cannot be read is in it: %s', async (_, sent, status, path) => {
    const { at, kept } = await own({}, { limits: { headersMs: 100, requestMs: 200 } });
    const { port, hostname } = new URL(at);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
    socket.write(sent);
    await once(socket, 'close');
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    const entry = await kept.waitForRequest(ended, PATIENT);
    expect(entry).toMatchObject({ number: 1, status, path, method: path && 'POST', abortedBy: 'gateway' });
    expect(entry.message).toMatch(/^The request/);
    expect(kept.entries()).toHaveLength(1);
  });

  test('who resets an idle connection has not asked for anything', async () => {
    const { at, kept } = await own({});
    const { port, hostname } = new URL(at);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await kept.waitForRequest(ended, PATIENT);
    socket.resetAndDestroy();
    await fetch(at);
    await kept.waitForRequest({ number: 2, ended: true }, PATIENT);
    expect(kept.entries().map(({ status }) => status)).toEqual([405, 405]);
  });

  test.each([true, false])('a client that leaves is never a plain 200; stream: %j', async (stream) => {
    const after = journal.last;
    const leaving = new AbortController();
    const answer = post(saying('play:hang', { stream }), {}, leaving.signal).then((response) => response.text());
    const left = expect(answer).rejects.toThrow();
    const entry = await journal.waitForRequest((one) => one.run !== null, { ...PATIENT, after });
    leaving.abort();
    await left;
    await journal.waitForRequest(ended, { ...PATIENT, after });
    expect(entry).toMatchObject({ status: stream ? 200 : null, abortedBy: 'client', done: 'no' });
    expect(summary(entry)).toMatch(/, aborted by the client$/);
  });

  test('a gateway that closes', async () => {
    const kept = new Journal();
    const closing = deployed({ journal: kept });
    const at = `${await closing.listen()}${PATH}`;
    const body = saying('play:hang', { stream: true });
    const cut = expect(
      fetch(at, { method: 'POST', headers: HEADERS, body }).then((response) => response.text()),
    ).rejects.toThrow();
    await kept.waitForRequest((one) => one.chunks > 0, PATIENT);
    await closing.close(0);
    await cut;
    expect(await kept.waitForRequest(ended, PATIENT)).toMatchObject({ status: 200, abortedBy: 'gateway' });
  });

  test.each([
    [{ cut: 3 }, { chunks: 3, done: 'no', abortedBy: 'fault' }],
    [{ reset: 3 }, { chunks: 3, done: 'no', abortedBy: 'fault' }],
    [{ end: 3 }, { chunks: 3, done: 'no', abortedBy: null }],
    [{ noDone: true }, { chunks: 7, done: 'no', abortedBy: null }],
    [{ duplicate: 1 }, { chunks: 8, done: 'delivered', abortedBy: null }],
  ])('a fault that was asked for is told: %j', async (fault, seen) => {
    const faults = new Faults();
    const { at, kept } = await own({}, { faults });
    faults.add(fault);
    const answer = await fetch(at, {
      method: 'POST',
      headers: HEADERS,
      body: saying('play:sentence', { stream: true }),
    });
    await answer.text().catch(() => 'cut');
    expect(await kept.waitForRequest(ended, PATIENT)).toMatchObject({ status: 200, fault, ...seen });
  });

  test('entries are live until they have ended, and frozen then', async () => {
    const after = journal.last;
    const answer = post(saying('play:spoken', { stream: true }));
    const entry = await journal.waitForRequest((one) => one.chunks > 1, { ...PATIENT, after });
    const { chunks } = entry;
    await (await answer).text();
    await journal.waitForRequest(ended, { ...PATIENT, after });
    expect(entry.chunks).toBeGreaterThan(chunks);
    const { body } = entry as { body: { messages: { content: string }[] } };
    expect(() => Object.assign(entry, { status: 1 })).toThrow(TypeError);
    expect(() => Object.assign(entry.timings, { end: 1 })).toThrow(TypeError);
    expect(() => Object.assign(body.messages[0] ?? {}, { content: '' })).toThrow(TypeError);
    expect(JSON.parse(JSON.stringify(entry))).toEqual(entry);
  });

  test('a client that stops reading is told from one that reads slowly', async () => {
    const after = journal.last;
    const request = httpRequest(url, { method: 'POST', headers: HEADERS });
    request.on('error', () => undefined).end(saying(`play:echo <<<${'word '.repeat(3_000_000)}>>>`, { stream: true }));
    const [response] = await once(request, 'response');
    response.on('error', () => undefined).pause();
    const entry = await journal.waitForRequest((one) => one.run !== null, { ...PATIENT, after });
    await expect.poll(() => entry.timings.stalled, { timeout: 20_000 }).toBeGreaterThan(0);
    const { chunks } = entry;
    response.resume();
    await expect.poll(() => entry.chunks, { timeout: 20_000 }).toBeGreaterThan(chunks + 1_000);
    response.pause();
    await expect.poll(() => entry.timings.stalled, { timeout: 20_000 }).toBeGreaterThan(0);
    request.destroy();
    await journal.waitForRequest(ended, { ...PATIENT, after });
    expect(entry).toMatchObject({ abortedBy: 'client', timings: { stalled: expect.any(Number) } });
  });

  test('a client that leaves at the finish reason is seen when [DONE] is held back', async () => {
    const { at, kept } = await own({ holdDoneMs: 60_000 });
    const response = await fetch(at, { method: 'POST', headers: HEADERS, body: saying('hi', { stream: true }) });
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes('"finish_reason":"stop"')) break;
    }
    const entry = await kept.waitForRequest(ended, PATIENT);
    expect(entry).toMatchObject({ finishReason: 'stop', done: 'no', abortedBy: 'client' });
    const { at: soon, kept: other } = await own({ holdDoneMs: 1 });
    const whole = await fetch(soon, { method: 'POST', headers: HEADERS, body: saying('hi', { stream: true }) });
    expect(await whole.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(await other.waitForRequest(ended, PATIENT)).toMatchObject({ done: 'delivered', abortedBy: null });
  });
});

describe('around any listener', () => {
  async function around(listener: RequestListener): Promise<{ at: string; kept: Journal }> {
    const kept = new Journal();
    const server = createServer(
      kept.recording((request, response) => {
        kept.note(request, { fault: { cut: 1 } });
        listener(request, response);
      }, []),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { at: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kept };
  }

  test('a fault that hangs up is told from a client that leaves', async () => {
    const { at, kept } = await around((_, response) => {
      response.writeHead(200).write('data: {}\n\n');
      response.write('data: {"half', () => response.destroy());
    });
    const answer = fetch(at).then((response) => response.text());
    await expect(answer).rejects.toThrow();
    expect(await kept.waitForRequest(ended, PATIENT)).toMatchObject({
      abortedBy: 'fault',
      chunks: 1,
      fault: { cut: 1 },
    });
  });

  test('frames are counted however they are cut, CR LF and bytes included; Retry-After is read in both its forms', async () => {
    const { at, kept } = await around((_, response) => {
      response.writeHead(503, ['Retry-After', new Date(Date.now() + 10_000).toUTCString()]);
      for (const byte of Buffer.from('data: {"a":"é"}\r\n\r\n: comment\n\ndata:{"b":1}\n\nda'))
        response.write(Buffer.of(byte));
      response.end('ta: [DONE]');
    });
    await (await fetch(at)).text();
    const entry = await kept.waitForRequest(ended, PATIENT);
    expect(entry).toMatchObject({ chunks: 2, done: 'delivered', status: 503, fault: { cut: 1 }, abortedBy: null });
    expect(entry.retryAfter).toBeGreaterThan(8);
    expect(entry.retryAfter).toBeLessThanOrEqual(10);
  });
});

describe('bounds', () => {
  test('the oldest is forgotten first, by count, and how many is told', async () => {
    const { at, kept } = await own({ entries: 3 });
    for (let n = 0; n < 5; n++)
      await (await fetch(at, { method: 'POST', headers: HEADERS, body: saying('hi') })).text();
    expect(kept.entries().map(({ number }) => number)).toEqual([3, 4, 5]);
    expect([kept.forgotten, kept.last]).toEqual([2, 5]);
    kept.clear();
    expect([kept.entries(), kept.forgotten, kept.last]).toEqual([[], 0, 5]);
  });

  test('and by size, one entry that is too large included', async () => {
    const { at, kept } = await own({ characters: 50_000 });
    const say = async (length: number): Promise<void> => {
      const answer = await fetch(at, { method: 'POST', headers: HEADERS, body: saying('x'.repeat(length)) });
      await answer.text();
    };
    for (let n = 0; n < 5; n++) await say(20_000);
    await expect.poll(() => kept.entries().length).toBe(2);
    expect(JSON.stringify(kept.entries()).length).toBeLessThan(50_000);
    await say(200_000);
    expect(kept.entries()).toEqual([]);
  });

  test('what is forgotten on its way takes no room any more', async () => {
    const { at, kept } = await own({ entries: 1 });
    const request = httpRequest(at, { method: 'POST', headers: HEADERS });
    request.write(saying('first').slice(0, 10));
    const entry = await kept.waitForRequest((one) => one.bodyBytes === 10, PATIENT);
    await (await fetch(at, { method: 'POST', headers: HEADERS, body: saying('second') })).text();
    request.end(saying('first').slice(10));
    const [response] = await once(request, 'response');
    response.resume();
    await expect.poll(() => entry.ended, { timeout: 20_000 }).toBe(true);
    expect(entry).toMatchObject({
      status: 200,
      bodyBytes: saying('first').length,
      body: expect.stringMatching(/^…?$/),
    });
    expect(kept.entries().map(({ number }) => number)).toEqual([2]);
  });

  test('a thousand times a megabyte leaves no more than the bound', async () => {
    const { at, kept } = await own({ characters: 1_000_000 });
    const http = supertest(at.slice(0, -PATH.length));
    for (let n = 0; n < 20; n++)
      await http
        .post(PATH)
        .set(HEADERS)
        .send(saying('x'.repeat(1_000_000)))
        .expect(200);
    expect(JSON.stringify(kept.entries()).length).toBeLessThan(1_000_000);
    expect(kept.forgotten).toBeGreaterThan(10);
  });
});

describe('credentials are never in it', () => {
  const shown = (): string => JSON.stringify(journal.entries());

  test.each([
    ['Authorization', { headers: { Authorization: `Bearer ${TOKEN}` } }],
    ['x-api-key', { headers: { 'x-api-key': 'of-a-caller-4711' } }],
    ['Cookie', { headers: { Cookie: 'session=of-a-caller-4711' } }],
    ['a header of any name', { headers: { 'x-mine': `a ${TOKEN} b` } }],
    ['the path', { path: `/${TOKEN}` }],
    ['the query, by value', { path: `${PATH}?x=${TOKEN}` }],
    ['the query, by name', { path: `${PATH}?api_key=of-a-caller-4711&b=c` }],
    ['the query, percent-encoded', { path: `${PATH}?x=${TOKEN.replace(/./g, percent)}` }],
    ['an address', { path: `http://dave:of-a-caller-4711@localhost${PATH}` }],
    ['a body', { body: saying(`my token is ${TOKEN}`) }],
    ['a body, escaped', { body: saying('TOKEN').replace('TOKEN', TOKEN.replace(/./g, unicode)) }],
    ['a body, in base64', { body: saying(Buffer.from(`user:${TOKEN}`).toString('base64')) }],
    [
      'a field by name',
      { body: saying('hi', { apiKey: 'of-a-caller-4711', nested: [{ password: 'of-a-caller-4711' }] }) },
    ],
    ['malformed JSON', { body: `{"token": "of-a-caller-4711", "x": "${TOKEN}"` }],
    ['a user', { body: saying('hi', { user: TOKEN }) }],
    ['a session key', { headers: { 'x-openclaw-session-key': TOKEN } }],
    [
      'what a client offers, again in its body',
      { headers: { Authorization: 'Bearer of-a-caller-4711' }, body: saying('of-a-caller-4711') },
    ],
    ['a provider key', { body: saying('use sk-of-a-caller-4711') }],
  ])(
    'not in %s',
    async (
      _,
      { path = PATH, headers = {}, body = saying('hi') }: { path?: string; headers?: object; body?: string },
    ) => {
      const { hostname, port } = new URL(base);
      const entry = await entryOf(async () => {
        const all = { ...HEADERS, ...headers };
        const request = httpRequest({ hostname, port, path, method: 'POST', headers: all }).end(body);
        const [response] = await once(request, 'response');
        response.resume();
      });
      const written = JSON.stringify(entry);
      expect(written).toContain('[redacted]');
      for (const secret of [TOKEN, 'of-a-caller-4711', Buffer.from(TOKEN).toString('base64').slice(4, -4)]) {
        expect(written).not.toContain(secret);
      }
    },
  );

  test.each([
    ['a list by name', { password: ['of-a-caller-4711'] }],
    ['an object by name', { token: { value: 'of-a-caller-4711', type: 'of-a-caller-4711' } }],
    ['a number by name', { api_key: 47114711 }],
    ['a shape of a secret', { token: { type: 'string', default: 'of-a-caller-4711', description: 'Yours' } }],
    ['the name of a field', { [TOKEN]: 1 }],
  ])('not in %s', async (_, more) => {
    const entry = await entryOf(async () => await (await post(saying('hi', { metadata: more }))).text());
    const written = JSON.stringify(entry);
    expect(written).toContain('[redacted]');
    for (const secret of [TOKEN, 'of-a-caller-4711', '47114711']) expect(written).not.toContain(secret);
  });

  test('not in a parameter whose name is percent-encoded', async () => {
    const entry = await entryOf(async () => await fetch(`${url}?api%5Fkey=of-a-caller-4711&b=c`));
    expect(entry.query).toBe('?api%5Fkey=[redacted]&b=c');
  });

  test.each([
    ['a user that looks like a credential', { user: 'bearer abcd"' }, {}],
    ['a session key that looks like one', {}, { 'x-openclaw-session-key': 'Bearer abcd"' }],
    ['a user of escapes', { user: '\\"%5c%u{}' }, { 'x-openclaw-session-key': '\\\\"' }],
  ])('and %s is answered as without a journal', async (_, more, headers) => {
    const response = await post(saying('hi', more), headers);
    expect(response.status).toBe(200);
    await response.text();
  });

  test.each([
    ['4,000 characters', 'a'.repeat(4_000), 'b'],
    ['backslashes', `${'\\'.repeat(7)}zzzzzzzz`, '\\'.repeat(60)],
    ['a pattern', '(a+)+$[', '((('],
  ])('and what is offered may be anything: %s', async (_, offered, other) => {
    const entry = await entryOf(
      async () => await (await post('{}', { Authorization: `Bearer ${offered}`, 'X-A': other })).text(),
    );
    expect(entry).toMatchObject({ status: 401, headers: { authorization: '[redacted]', 'x-a': other } });
  });

  test('not where a body was cut, wherever in a secret that is', async () => {
    const { at, kept } = await own({});
    for (let into = 1; into < TOKEN.length; into += 3) {
      const body = `${' '.repeat(BODY_LIMIT - into)}${TOKEN}${' '.repeat(100)}`;
      await (await fetch(at, { method: 'POST', headers: HEADERS, body })).text();
    }
    expect(JSON.stringify(kept.entries().map(({ body }) => body))).not.toContain(TOKEN.slice(0, 4));
    expect(shown()).not.toContain(TOKEN);
  });

  test('what is no secret is left alone', async () => {
    const body = saying('the key to it', {
      max_tokens: 5,
      tools: [{ function: { parameters: { token: { type: 'string' } } } }],
    });
    const entry = await entryOf(async () => await (await post(body, { 'x-openclaw-session-key': 'mine' })).text());
    expect(entry.body).toEqual(JSON.parse(body));
    expect(entry.headers['x-openclaw-session-key']).toBe('mine');
  });
});

test('whatever a body is, it is kept in time that grows with its length', async () => {
  const piece = fc.constantFrom(
    '\\',
    '{',
    '[',
    '"a":',
    'token=',
    ' ',
    'Bearer ',
    'a',
    '"',
    'sk-',
    '://',
    '@',
    TOKEN.slice(0, 5),
  );
  await fc.assert(
    fc.asyncProperty(piece, piece, async (one, other) => {
      const body = `${one}${other}`.repeat(60_000);
      const began = performance.now();
      const entry = await entryOf(async () => await (await post(body)).text());
      expect(entry.bodyBytes).toBe(body.length);
      expect(performance.now() - began).toBeLessThan(5_000);
    }),
    { numRuns: 25 },
  );
});

test('what goes wrong while a request is watched leaves its answer as it is', async () => {
  const wrong = (): never => {
    throw new RangeError(TOKEN);
  };
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => warned.mockRestore());
  const server = createServer((request, response) => {
    const watching = {
      piece: wrong,
      whole: wrong,
      head: wrong,
      frames: wrong,
      taking: wrong,
      over: wrong,
      gone: wrong,
    };
    observe(request, response, watching, 0);
    request.resume().on('end', () => response.end('data: {}\n\n'));
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (let n = 0; n < 2; n++) {
    const answer = await fetch(at, { method: 'POST', body: 'hello', headers: { connection: 'close' } });
    expect(await answer.text()).toBe('data: {}\n\n');
  }
  await expect.poll(() => warned.mock.calls.length).toBeGreaterThanOrEqual(10);
  expect(JSON.stringify(warned.mock.calls)).not.toContain(TOKEN);
  expect(String(warned.mock.calls[0]?.[0])).toMatch(/^Failed to .*: expected .*, got RangeError\. .*\.$/);
});

describe('waitForRequest', () => {
  test('resolves to one that is there already, to the next one, and to one that comes to match at its end', async () => {
    const { at, kept } = await own({});
    const say = async (text: string): Promise<string> =>
      await (await fetch(at, { method: 'POST', headers: HEADERS, body: saying(text) })).text();
    await say('one');
    const one = await kept.waitForRequest({ body: { messages: [{ content: 'one' }] } });
    expect(one.number).toBe(1);
    const next = kept.waitForRequest({ status: 200 }, { ...PATIENT, after: kept.last });
    await say('two');
    expect((await next).number).toBe(2);
    const third = kept.waitForRequest((entry) => entry.timings.end !== null, { ...PATIENT, after: kept.last });
    await say('three');
    expect((await third).number).toBe(3);
  });

  test('takes a condition that throws for one that does not hold, any that cannot be told, and a signal', async () => {
    const { at, kept } = await own({});
    const told = kept.waitForRequest((entry) => (entry.body as { user: string }).user === 'dave', PATIENT);
    await (await fetch(at, { method: 'POST', headers: HEADERS, body: saying('hi', { user: 'dave' }) })).text();
    expect((await told).number).toBe(1);
    const given = kept.waitForRequest({ agent: 'beta' }, { timeoutMs: 1e6, signal: AbortSignal.abort() });
    await expect(given).rejects.toThrow('Failed to wait for a request');
    let deep: unknown = {};
    for (let n = 0; n < 100_000; n++) deep = { deep };
    await expect(kept.waitForRequest(deep as Match, { timeoutMs: 1 })).rejects.toThrow(
      'expected a request that matches',
    );
  });

  test('says in one line what came instead', async () => {
    const { at, kept } = await own({});
    await expect(kept.waitForRequest({ agent: 'beta' }, { timeoutMs: 1 })).rejects.toThrow(
      'Failed to wait for a request: expected {"agent":"beta"} within 1 ms, got none. ' +
        'Look at what was sent instead, or wait longer.',
    );
    await fetch(at, { method: 'POST', headers: { ...HEADERS, Authorization: 'Bearer wrong' }, body: '{}' });
    await expect(kept.waitForRequest((entry) => entry.status === 200, { timeoutMs: 1 })).rejects.toThrow(
      `expected a request that matches within 1 ms, got #1 POST ${PATH} 401. Look`,
    );
    for (let n = 0; n < 9; n++) await (await fetch(at)).text();
    const late = kept.waitForRequest({ agent: 'beta' }, { timeoutMs: 1 });
    await expect(late).rejects.toThrow(/got 10, the newest of them #6 GET .* 405; #7 [^\n]*$/);
  });
});

test('an entry that was not read is written and kept with the same fields as one that was read', async () => {
  const lines: string[] = [];
  const { at, kept } = await own({ written: (json) => lines.push(json()) });
  const { at: raw, kept: unread } = await own({});
  // 1.5 MB in all: more than stays raw.
  const bodies = Array.from({ length: 15 }, (_, n) => saying(`${n} ${TOKEN} ${'x'.repeat(100_000)}`));
  for (const body of bodies) {
    for (const each of [at, raw]) await (await fetch(each, { method: 'POST', headers: HEADERS, body })).text();
  }
  await expect.poll(() => lines.length).toBe(15);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(kept.entries());
  await unread.waitForRequest({ number: 15, ended: true }, PATIENT);
  const contents = bodies.map((body): unknown => JSON.parse(body.replace(TOKEN, '[redacted]')));
  for (const journalOf of [kept, unread]) expect(journalOf.entries().map(({ body }) => body)).toEqual(contents);
  const [first] = unread.entries();
  expect(Object.isFrozen(first?.timings)).toBe(true);
  expect(unread.entries()[0]).toBe(first);
  expect(JSON.stringify(unread.entries())).not.toContain(TOKEN);
});

test('a connection is told from another', async () => {
  const { at, kept } = await own({});
  const { hostname, port } = new URL(at);
  const socket = connect(Number(port), hostname);
  const get = `GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`;
  socket.write(get);
  await kept.waitForRequest({ number: 1, ended: true }, PATIENT);
  socket.write(get);
  await kept.waitForRequest({ number: 2, ended: true }, PATIENT);
  socket.destroy();
  const request = httpRequest(at, { agent: false }).end();
  await once(request, 'response');
  expect(kept.entries().map(({ connection }) => connection)).toEqual([1, 1, 2]);
});

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
