/** The documents are held against what the reference answers, so that they cannot say what is not so. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gateway } from '../../../reference/gateway.ts';
import { deployed, deployments, HEADERS, optionsOf, PATH, scripted } from '../../../reference/testing/deployed.ts';
import { compareReleases } from '../../editions.ts';
import { OpenApiReader } from '../../testing/openapi-reader.ts';
import { documents } from './document.ts';

interface Media {
  readonly schema: object;
  readonly 'x-event-data'?: object;
}

interface Answer {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, { $ref?: string; required?: boolean; schema: { const?: string } }>>;
  readonly content: Readonly<Record<string, Media>>;
}

interface Call {
  /** The path of the document. */
  readonly at: string;
  readonly status: number;
  /** What is sent, when it is not `at`. */
  readonly path?: string;
  readonly method?: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly deployment?: string;
  /** The first edition that answers so. */
  readonly since?: string;
}

const asking = (text: string, more: object = {}): object => ({
  model: 'openclaw',
  messages: [{ role: 'user', content: text }],
  ...more,
});
const chat = (status: number, body: object | string, more: Partial<Call> = {}): Call => ({
  at: PATH,
  status,
  body,
  ...more,
});
const get = (status: number, at: string, more: Partial<Call> = {}): Call => ({ at, status, method: 'GET', ...more });
const embed = (status: number, fields: object): Call => ({
  at: '/v1/embeddings',
  status,
  body: { model: 'openclaw/main', ...fields },
  deployment: 'embeddings',
  since: '2026.9.6',
});
const TOOLS = ['kit_weather', 'kit-time'].map((name) => ({ type: 'function', function: { name } }));

const CALLS: readonly Call[] = [
  chat(200, asking('play:sentence')),
  chat(200, asking('play:usage')),
  chat(200, asking('play:call-two', { tools: TOOLS }), { since: '2026.5.12' }),
  chat(200, asking('play:sentence', { stream: true })),
  chat(200, asking('play:usage', { stream: true, stream_options: { include_usage: true } })),
  chat(200, asking('play:call-two', { stream: true, tools: TOOLS }), { since: '2026.5.12' }),
  chat(200, asking('play:fail-after-text', { stream: true })),
  chat(400, { messages: [] }),
  chat(400, '{"messages":'),
  chat(401, asking('hi'), { headers: { authorization: 'Bearer wrong' } }),
  chat(403, asking('hi'), {
    deployment: 'none',
    since: '2026.3.28',
    headers: { 'x-openclaw-scopes': 'operator.read' },
  }),
  chat(404, asking('hi'), { deployment: 'disabled' }),
  get(405, PATH),
  chat(413, ' '.repeat(21 * 1024 * 1024)),
  ...([[402], [429], [500], [504]] as const).map(([status]) => chat(status, asking(`play:fail-${status}`))),
  get(200, '/v1/models'),
  get(401, '/v1/models', { headers: { authorization: '' } }),
  get(200, '/v1/models/{model}', { path: '/v1/models/openclaw%2Fmain' }),
  get(400, '/v1/models/{model}', { path: '/v1/models/gpt-4o' }),
  get(404, '/v1/models/{model}', { path: '/v1/models/openclaw%2Fghost' }),
  embed(200, { input: ['alpha', 'beta'] }),
  embed(200, { input: 'alpha', encoding_format: 'base64' }),
  embed(400, { input: [] }),
  ...['/health', '/healthz', '/ready', '/readyz', '/startup', '/startupz'].map((path) => get(200, path)),
  chat(405, asking('hi'), { at: '/healthz' }),
];

/** The data of all events but the last, which is no JSON. */
function events(text: string): object[] {
  const data = text.split('\n\n').flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []));
  expect(data.pop()).toBe('[DONE]');
  return data.map((one) => JSON.parse(one) as object);
}

describe.each([...documents()])('%s', (edition, document) => {
  const gateways = new Map<string, Gateway>();
  const urls = new Map<string, string>();
  beforeAll(async () => {
    for (const name of ['token', 'disabled', 'none', 'embeddings']) {
      const { since } = deployments.find((one) => one.name === name) as { since?: string };
      if (since !== undefined && compareReleases(since, edition) > 0) continue;
      const gateway = deployed({ ...optionsOf(name, { edition }), backend: scripted });
      gateways.set(name, gateway);
      urls.set(name, await gateway.listen());
    }
  });
  afterAll(() => Promise.all([...gateways.values()].map((gateway) => gateway.close(0))));

  const reader = new OpenApiReader(document);
  const inForce = CALLS.filter(({ since = edition }) => compareReleases(since, edition) <= 0);
  test.each(inForce.map((call): [number, string, Call] => [call.status, JSON.stringify(call).slice(0, 120), call]))(
    'says what comes with %i: %s',
    async (status, _what, { at, path = at, method = 'POST', body, headers, deployment = 'token' }) => {
      const operations = document.paths[at] as Readonly<
        Record<string, { responses: Readonly<Record<string, Answer>> }>
      >;
      const answer = await fetch(`${urls.get(deployment)}${path}`, {
        method,
        headers: { ...HEADERS, ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      // A path that the document does not have is one that the edition does not have.
      if (operations === undefined) return expect(answer.status).toBe(404);
      expect([answer.status, text.slice(0, 200)]).toEqual([status, expect.any(String)]);
      const { responses } = Object.values(operations)[0]!;
      const told = responses[status] ?? responses[status < 500 ? '4XX' : '5XX'];
      expect(told, `a response for ${status}`).toBeDefined();
      const { headers: known = {}, content } = reader.resolved(told!);
      for (const [name, header] of Object.entries(known)) {
        const { required = false, schema } = reader.resolved(header);
        if (required) expect(answer.headers.get(name), name).toEqual(schema.const ?? expect.any(String));
      }
      const type = answer.headers.get('content-type')!.split(';')[0]!;
      const media = content[type];
      expect(media, `${type} for ${status}`).toBeDefined();
      const { schema, 'x-event-data': data = schema } = media!;
      const bodies =
        type === 'application/json' ? [JSON.parse(text) as object] : type === 'text/plain' ? [text] : events(text);
      expect(bodies.flatMap((one) => reader.fault(data, one) ?? [])).toEqual([]);
      return undefined;
    },
  );
});
