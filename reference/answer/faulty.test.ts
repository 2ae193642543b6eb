import { request } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Faults } from '../faults.ts';
import { deployed, HEADERS, PATH, saying } from '../testing/deployed.ts';

// Tests wait for conditions; the time that a loaded machine takes is no condition.

const faults = new Faults();
const gateway = deployed({ faults });
const url = `${await gateway.listen()}${PATH}`;
afterAll(() => gateway.close(0));

interface Received {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly type: string;
  readonly text: string;
  /** One buffer per `data` event. */
  readonly reads: readonly Buffer[];
  readonly end: 'whole' | 'ECONNRESET' | 'left';
}

/** What the client of one call receives; it disconnects as soon as `enough` is true. */
function call(body: string, enough: (text: string) => boolean = () => false): Promise<Received> {
  return new Promise((resolve) => {
    const asked = request(url, { method: 'POST', headers: HEADERS, agent: false }, (response) => {
      const reads: Buffer[] = [];
      const text = (): string => Buffer.concat(reads).toString();
      const settle = (end: Received['end']): void => {
        const { 'retry-after': retryAfter, 'content-type': type = '' } = response.headers;
        resolve({ status: response.statusCode ?? 0, retryAfter, type, text: text(), reads, end });
      };
      response.on('data', (piece: Buffer) => {
        reads.push(piece);
        if (!enough(text())) return;
        settle('left');
        asked.destroy();
      });
      response.on('end', () => settle('whole')).on('error', () => settle('ECONNRESET'));
    });
    asked.on('error', () => undefined).end(body);
  });
}

const five = (more: object = {}): string => saying('play:sentence', { stream: true, ...more });

/** The content of a stream, one word per frame. */
function wordsIn(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => {
    if (!data.endsWith('}')) return data === '[DONE]' ? 'done' : 'broken';
    const { choices, error } = JSON.parse(data) as {
      choices?: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
      error?: { message: string };
    };
    const { delta, finish_reason: finish } = choices?.[0] ?? {};
    return error?.message ?? delta?.role ?? delta?.content ?? finish ?? '?';
  });
}

const [ROLE, WORDS] = ['assistant', ['The', ' quick', ' brown', ' fox', ' jumps.']] as const;

describe('a faulty stream', () => {
  test.each([
    ['cut', 'ECONNRESET'],
    ['reset', 'ECONNRESET'],
    ['end', 'whole'],
  ])('what comes before %s arrives, and nothing after it', async (fault, end) => {
    faults.add({ [fault]: 3 });
    const got = await call(five());
    expect([got.status, wordsIn(got.text), got.end]).toEqual([200, [ROLE, 'The', ' quick'], end]);
    expect(got.text.endsWith('\n\n')).toBe(true);
  });

  test.each([
    ['cut', 'end'],
    ['reset', 'ECONNRESET'],
  ])('the connection of %s ends with %s', async (fault, end) => {
    faults.add({ [fault]: 2 });
    const { port } = new URL(url);
    const head = Object.entries({ ...HEADERS, Host: 'x', 'Content-Length': String(five().length) });
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST ${PATH} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${five()}`,
    );
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const how = await new Promise((resolve) => {
      socket.on('end', () => resolve('end')).on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect([wordsIn(text), how]).toEqual([[ROLE, 'The'], end]);
  });

  test('a fault at 0 strikes after the headers, one beyond the last chunk before the sentinel', async () => {
    faults.add({ cut: 0 });
    expect(await call(five())).toMatchObject({ status: 200, text: '', end: 'ECONNRESET' });
    faults.add({ end: 99 });
    expect(wordsIn((await call(five())).text)).toEqual([ROLE, ...WORDS, 'stop']);
  });

  test('hang sends nothing more until the client leaves', async () => {
    faults.add({ hang: 2 });
    const got = await call(five(), (text) => wordsIn(text).length === 2);
    expect([wordsIn(got.text), got.end]).toEqual([[ROLE, 'The'], 'left']);
  });

  test.each([
    [{ malformed: 2 }, [ROLE, 'The', 'broken', ' brown', ' fox', ' jumps.', 'stop', 'done']],
    [{ duplicate: 1 }, [ROLE, 'The', 'The', ' quick', ' brown', ' fox', ' jumps.', 'stop', 'done']],
    [{ reorder: 1 }, [ROLE, ' quick', 'The', ' brown', ' fox', ' jumps.', 'stop', 'done']],
    [{ reorder: 6 }, [ROLE, ...WORDS, 'stop', 'done']],
    [{ noFinish: true }, [ROLE, ...WORDS, 'done']],
    [{ noDone: true }, [ROLE, ...WORDS, 'stop']],
    [{ error: 2 }, [ROLE, 'The', 'internal error', 'done']],
    [{ error: 0, message: 'overloaded', noDone: true }, ['overloaded']],
  ])('%j changes the chunks of a stream as documented', async (fault, expected) => {
    faults.add(fault);
    const got = await call(five());
    expect([wordsIn(got.text), got.end]).toEqual([expected, 'whole']);
  });

  test('CRLF and comments do not change the events that a client parses', async () => {
    faults.add({ crlf: true, comments: true });
    const { text } = await call(five());
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const lawful = text.replaceAll('\r\n', '\n').replaceAll(/^: .*\n\n/gm, '');
    expect(text.match(/^: /gm)).toHaveLength(8);
    expect(wordsIn(lawful)).toEqual([ROLE, ...WORDS, 'stop', 'done']);
  });

  test('a heartbeat is sent while the run is silent', async () => {
    faults.add({ heartbeat: 50 });
    const { text } = await call(saying('play:slow-start', { stream: true }));
    expect(text.match(/^: heartbeat$/gm)?.length).toBeGreaterThan(3);
    expect(wordsIn(text)).toEqual([ROLE, 'Late', 'stop', 'done']);
  });

  test('split cuts every character beyond ASCII between two reads', async () => {
    faults.add({ split: true });
    const { reads, text } = await call(saying('play:echo <<<aé漢😀>>>', { stream: true }));
    expect(wordsIn(text)).toEqual([ROLE, 'aé漢😀', 'stop', 'done']);
    const cuts = reads.filter((read) => (read[0] ?? 0) >> 6 === 2);
    expect(cuts).toHaveLength(3);
  });

  test('a trickle is not faster than requested', async () => {
    faults.add({ trickle: 4000 });
    const began = performance.now();
    const { text } = await call(saying('play:one-word', { stream: true }));
    expect(wordsIn(text)).toEqual([ROLE, 'Hello', 'stop', 'done']);
    // The last piece is written at the beginning of its interval, not at the end.
    expect(performance.now() - began).toBeGreaterThan(((text.length - 80) / 4000) * 1000);
  });
});

describe('a faulty response', () => {
  test.each([true, false])(
    'a fault with a status is answered with that status and no 200: stream %j',
    async (stream) => {
      faults.add({ status: 429, retryAfter: 7 });
      const { status, retryAfter, text, type } = await call(five({ stream }));
      expect([status, retryAfter, type]).toEqual([429, '7', 'application/json; charset=utf-8']);
      expect(JSON.parse(text)).toEqual({ error: { message: 'Too Many Requests', type: 'rate_limit_error' } });
    },
  );

  test('a call refused by a fault is not remembered by its session', async () => {
    faults.add({ status: 503 });
    await call(saying('Remember the code word: alpha', { user: 'refused' }));
    const { text } = await call(saying('Which code word?', { user: 'refused' }));
    expect(text).toContain('"content":"NONE"');
  });

  test('late headers are not sent before their time', async () => {
    faults.add({ lateHeaders: 300, status: 500, message: 'down' });
    const began = performance.now();
    expect(await call(five())).toMatchObject({ status: 500, text: '{"error":{"message":"down","type":"api_error"}}' });
    expect(performance.now() - began).toBeGreaterThan(290);
  });
});

describe('a faulty completion', () => {
  const one = saying('play:sentence');

  test.each([
    ['cut', 'ECONNRESET'],
    ['reset', 'ECONNRESET'],
    ['end', 'whole'],
  ])('%s counts the bytes of a completion', async (fault, end) => {
    faults.add({ [fault]: 16 });
    expect(await call(one)).toMatchObject({
      status: 200,
      text: '{"id":"chatcmpl_',
      end,
    });
  });

  test('malformed sends half of the JSON of a completion', async () => {
    faults.add({ malformed: 0 });
    const { text, end } = await call(one);
    expect(() => JSON.parse(text)).toThrow();
    expect(end).toBe('whole');
  });
});

test('a response with any combination of faults ends, and its session is free again', async () => {
  const at = fc.nat(9);
  const fault = fc.record(
    {
      lateHeaders: fc.nat(20),
      cut: at,
      reset: at,
      end: at,
      error: at,
      malformed: at,
      duplicate: at,
      reorder: at,
      noFinish: fc.boolean(),
      noDone: fc.boolean(),
      split: fc.boolean(),
      crlf: fc.boolean(),
      comments: fc.boolean(),
      heartbeat: fc.integer({ min: 1, max: 20 }),
      trickle: fc.integer({ min: 20_000, max: 200_000 }),
    },
    { requiredKeys: [] },
  );
  const prompt = fc.constantFrom('play:sentence', 'play:empty', 'play:fail-after-text', 'play:split-unicode');
  await fc.assert(
    fc.asyncProperty(fault, prompt, fc.boolean(), async (asked, content, stream) => {
      faults.add(asked);
      const { status, text } = await call(saying(content, { stream, user: 'fuzz' }));
      expect([200, 500]).toContain(status);
      // A line is data, a comment or blank, in any combination of faults.
      if (stream && status === 200)
        expect(text.split(/\r?\n/).every((line) => /^(data: .*|: .*|)$/.test(line))).toBe(true);
    }),
    { numRuns: 60 },
  );
  expect(wordsIn((await call(five({ user: 'fuzz' }))).text)).toEqual([ROLE, ...WORDS, 'stop', 'done']);
});

test('a fault with a match does not strike other calls', async () => {
  faults.add({ cut: 0, match: { agent: 'beta' } });
  expect(wordsIn((await call(five())).text)).toEqual([ROLE, ...WORDS, 'stop', 'done']);
  faults.clear();
});

test('a header requests a fault only where that is allowed, and an invalid one is a 400', async () => {
  const open = deployed({ faults: new Faults({ byHeader: true }) });
  const base = await open.listen();
  try {
    const ask = async (fault: string): Promise<Response> =>
      await fetch(`${base}${PATH}`, {
        method: 'POST',
        headers: { ...HEADERS, 'x-openclaw-fault': fault },
        body: five(),
      });
    expect(wordsIn(await (await ask('end=1')).text())).toEqual([ROLE]);
    const refused = await ask('cut=soon');
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
  } finally {
    await open.close(0);
  }
  const ignored = await fetch(url, {
    method: 'POST',
    headers: { ...HEADERS, 'x-openclaw-fault': 'status=500' },
    body: five(),
  });
  expect(wordsIn(await ignored.text())).toHaveLength(8);
});
