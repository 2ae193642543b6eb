import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../reports/report.ts';
import { conformance } from './conformance.ts';

const SECRET = 'kit-Token-5f8e21c7d09b4a36';
const AT = '2026-11-27T22:09:51.000Z';
const CREATED = Date.parse(AT) / 1000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'traffic-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function judged(recording: string, ...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  const path = join(folder, 'traffic.har');
  await writeFile(path, recording);
  let [out, error] = ['', ''];
  const code = await conformance(['--traffic', path, ...argv], {
    env: {},
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    live: false,
  });
  return { code, out, error };
}

const pairs = (headers: Record<string, string>): { name: string; value: string }[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }));

interface Content {
  readonly size?: number;
  readonly text?: string;
  readonly encoding?: string;
}

const entry = (body: object, content: Content, headers: Record<string, string> = {}, over: object = {}): object => ({
  startedDateTime: AT,
  time: 120,
  request: {
    method: 'POST',
    url: 'https://gateway.example/v1/chat/completions',
    headers: pairs({ ':authority': 'gateway.example', Authorization: `Bearer ${SECRET}` }),
    postData: { mimeType: 'application/json', text: JSON.stringify({ model: 'openclaw', messages: [], ...body }) },
  },
  response: { status: 200, headers: pairs({ 'content-type': 'text/event-stream', ...headers }), content, ...over },
  timings: { send: 0, wait: 20, receive: 100 },
});
const har = (...entries: unknown[]): string => JSON.stringify({ log: { version: '1.2', entries } });

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl_1',
    object: 'chat.completion.chunk',
    created: CREATED,
    model: 'openclaw',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const words = chunk({ role: 'assistant' }) + chunk({ content: 'Hello 👋' }) + chunk({}, 'stop');
const whole = `${words}data: [DONE]\n\n`;

describe('recorded traffic', () => {
  test('a lawful stream is kept as far as observed, and what it shows nothing of is not observed', async () => {
    const out = join(folder, 'report');
    const text = Buffer.from(whole).toString('base64');
    const ran = await judged(har(entry({ stream: true }, { text, encoding: 'base64' })), '--out', out);
    expect(ran).toMatchObject({ code: 0, error: '' });
    expect(ran.out).toMatch(/As far as observed, no deviation from [\d.]+: \d+ requirements kept, \d+ not observed/);
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
    const verdicts = new Map(report.cases.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts.get('streaming.done')).toBe('pass');
    expect(verdicts.get('completions.json')).toBe('unseen');
    expect(report).toMatchObject({ conformant: false, recorded: { entries: 1, calls: 1 } });
    expect(report.summary.unseen).toBeGreaterThan(5);
    const [junit, page, markdown] = await Promise.all(
      ['junit.xml', 'report.html', 'report.md'].map((name) => readFile(join(out, name), 'utf8')),
    );
    expect(junit).toContain('<skipped message="unseen: not observed"/>');
    expect(page).toContain('not observed');
    expect(markdown).toMatch(/○ unseen/);
    for (const written of [junit, page, markdown, JSON.stringify(report)]) expect(written).not.toContain(SECRET);
  });

  test('a stream that breaks a promise is a violation, told with its call and without its credential', async () => {
    const lawful = entry({ stream: true }, { text: whole });
    const ran = await judged(har(lawful, entry({ stream: true }, { text: words })));
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('streaming.done');
    expect(ran.out).toContain('(in call 2)');
    expect(ran.out).toContain('As far as observed, not conformant');
    expect(ran.out).not.toContain(SECRET);
  });

  test('a body that was not kept, an answer that broke, and another address show nothing', async () => {
    const broken = entry({ stream: true }, { text: words }, {}, { _error: 'net::ERR_ABORTED' });
    const other = entry({}, { text: 'hi' });
    Object.assign((other as { request: object }).request, { url: 'https://gateway.example/health', method: 'GET' });
    const nothing = await judged(har(entry({ stream: true }, { size: 900 }), broken, other), '--only', 'streaming');
    expect(nothing).toMatchObject({ code: 3, error: '' });
    expect(nothing.out).toContain('2 calls among 3 entries');
    expect(nothing.out).toContain('Not judged: nothing of what was recorded could be judged');
  });

  test('hostile text of a file is printable, and an answer over the bound is not judged whole', async () => {
    const hostile = entry(
      { stream: true },
      { text: `${words}: \u001b[31m` },
      { 'x-a': '\u001b]0;x\u0007', 'bad name': 'x' },
    );
    const ran = await judged(har(hostile));
    expect(ran.code).toBe(1);
    // oxlint-disable-next-line no-control-regex
    expect(ran.out.replaceAll(/\u001b\[[\d;]*m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    const over = await judged(
      har(entry({ stream: true }, { text: words })),
      '--max-bytes',
      '100',
      '--only',
      'streaming.done',
    );
    expect(over.code).toBe(3);
  });

  test('a journal of the reference shows the words of its refusals, and nothing of bodies', async () => {
    const line = (message: string | null, status: number): string =>
      JSON.stringify({
        method: 'POST',
        path: '/v1/chat/completions',
        query: '',
        headers: { host: '127.0.0.1:18789', authorization: 'Bearer [redacted]' },
        body: { model: 'openclaw', stream: true },
        status,
        message,
        timings: { arrived: Date.parse(AT), firstByte: 3, stalled: null, end: 5 },
      });
    const good = await judged([line(null, 200), line('No.', 400)].join('\n'));
    expect(good.code).toBe(0);
    expect(good.out).toMatch(/As far as observed, no deviation/);
    const leaking = await judged(line('ENOENT /var/lib/openclaw/sessions', 500));
    expect(leaking.code).toBe(1);
    expect(leaking.out).toContain('errors.no-leak.internals');
  });

  test.each([
    ['no file', undefined, 'ENOENT'],
    ['no JSON', '<html>', 'got neither'],
    ['other JSON', '{"log":7}', 'got other JSON'],
    ['an entry without an address', har({ startedDateTime: AT, request: {} }), 'entry 1'],
  ])('%s is a usage error in one line', async (_, text, got) => {
    const ran = text === undefined ? await judged('', '--traffic', join(folder, 'none')) : await judged(text);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.error).toMatch(/^Failed to read traffic [^\n]+\n$/);
    expect(ran.error).toContain(got);
  });

  test('no target stands beside it', async () => {
    const ran = await judged(har(), '--base-url', 'http://127.0.0.1:1');
    expect(ran).toMatchObject({
      code: 2,
      error: expect.stringContaining('Failed to read --traffic: expected no target'),
    });
  });
});
