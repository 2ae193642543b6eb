import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { deployed, deployments, HEADERS, PATH, saying, TOKEN } from './testing/deployed.ts';

const http = supertest(deployed().callback());
const call = (body: string, headers = {}): supertest.Test =>
  http
    .post(PATH)
    .set({ ...HEADERS, ...headers })
    .send(body);

const PLAIN = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const UNAUTHORIZED = '{"error":{"message":"Unauthorized","type":"unauthorized"}}';

describe('the order of decisions', () => {
  test.each([
    `${PATH}/`,
    `/${PATH}`,
    PATH.toUpperCase(),
    '/v1/chat%2Fcompletions',
    '/v1/ch%61t/completions',
    '/',
    '/nope',
  ])('the path is checked first and is exact: %s is 404 in plain text', async (path) => {
    for (const answer of [await http.post(path).send('{'), await http.get(path), await http.options(path)]) {
      expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([404, 'Not Found', PLAIN]);
    }
  });

  test.each([`${PATH}?a=b`, '/v1/x/../chat/completions'])('%s is the path of the endpoint', async (path) => {
    await http.post(path).expect(401);
  });

  test.each(['get', 'put', 'patch', 'delete', 'options'] as const)(
    'the method is checked before the credential: %s is 405, without a CORS header',
    async (method) => {
      const answer = await http[method](PATH).expect(405, 'Method Not Allowed');
      expect(answer.headers).toMatchObject({ allow: 'POST', 'content-type': PLAIN });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  test('HEAD is 405 without a body', async () => {
    const answer = await http.head(PATH).expect(405);
    expect([answer.headers.allow, answer.text]).toEqual(['POST', undefined]);
  });

  test('the credential is checked before the body: malformed JSON with a wrong one is 401', async () => {
    const answer = await call('{', { Authorization: 'Bearer wrong' }).expect(401, UNAUTHORIZED);
    expect(answer.headers['content-type']).toBe(JSON_TYPE);
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  test('agent and session are checked before the messages', async () => {
    const silent = { messages: [] };
    const errorOf = async (body: object, headers = {}): Promise<string> => {
      const answer = await call(JSON.stringify({ ...silent, ...body }), headers);
      return answer.body.error.message as string;
    };
    expect(await errorOf({ model: 'gpt-4o' })).toContain('Invalid `model`');
    expect(await errorOf({ model: 'openclaw:ghost' })).toBe("Unknown agent 'ghost'.");
    expect(await errorOf({}, { 'x-openclaw-session-key': 'cron:x' })).toContain('reserved internal session namespaces');
    expect(await errorOf({})).toBe('Missing user message in `messages`.');
  });

  test('an error before the run is a JSON response, for a stream too', async () => {
    const answer = await call(saying('hi', { stream: true, model: 'gpt-4o' })).expect(400);
    expect(answer.headers['content-type']).toBe(JSON_TYPE);
  });

  test('every response has the security headers', async () => {
    for (const answer of [await http.get('/'), await http.get(PATH), await call(''), await call(saying('hi'))]) {
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'permissions-policy': expect.any(String),
      });
    }
  });
});

describe('deployments', () => {
  test.each(deployments)(
    'the deployment $name starts, and serves the endpoint: $serves',
    async ({ name, credential, serves }) => {
      const server = supertest(deployed({}, name).callback());
      const bearer = credential === null ? {} : { Authorization: `Bearer ${credential}` };
      await server
        .post(PATH)
        .set(bearer)
        .send(saying('hi'))
        .expect(serves ? 200 : 404);
      const answer = await server.post(PATH).set({ Authorization: 'Bearer wrong' }).send(saying('hi'));
      expect(answer.status).toBe(!serves ? 404 : credential === null ? 200 : 401);
    },
  );

  test('a password deployment refuses the token', async () => {
    await supertest(deployed({}, 'password').callback()).post(PATH).set(HEADERS).send(saying('hi')).expect(401);
  });
});

describe('authentication', () => {
  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER    ${TOKEN}  `])('%s is admitted', async (Authorization) => {
    await call(saying('hi'), { Authorization }).expect(200);
  });

  test.each([
    TOKEN,
    `Bearer\t${TOKEN}`,
    `Basic ${TOKEN}`,
    `Token ${TOKEN}`,
    `Bearer "${TOKEN}"`,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer ${TOKEN.slice(1)}\u00e9`,
    'Bearer',
    'Bearer ',
    '',
  ])('the authorization %j is refused', async (Authorization) => {
    await call(saying('hi'), { Authorization }).expect(401, UNAUTHORIZED);
  });

  test.each([{ 'x-api-key': TOKEN }, { 'api-key': TOKEN }, { Cookie: `token=${TOKEN}` }])(
    'the secret in another header is refused: %o',
    async (at) => {
      await http.post(PATH).set(at).send(saying('hi')).expect(401);
    },
  );

  test('too many wrong secrets lock the address out; then a good one is 429 too, and GET still 405', async () => {
    const rateLimit = { maxAttempts: 3, windowMs: 60_000, lockoutMs: 60_000, exemptLoopback: false };
    const limited = supertest(deployed({ rateLimit }).callback());
    const by = (secret: string): supertest.Test =>
      limited
        .post(PATH)
        .set({ ...HEADERS, Authorization: `Bearer ${secret}` })
        .send(saying('hi'));
    for (let n = 0; n < 5; n++) await limited.post(PATH).send(saying('hi')).expect(401);
    for (const secret of ['a', 'b', TOKEN, 'a', 'b']) await by(secret).expect(secret === TOKEN ? 200 : 401);
    await by('c').expect(401);
    const locked = await by(TOKEN).expect(429);
    expect(locked.headers['retry-after']).toMatch(/^(60|[1-5]?\d)$/);
    expect(locked.body).toEqual({
      error: { message: 'Too many failed authentication attempts. Please try again later.', type: 'rate_limited' },
    });
    await limited.get(PATH).expect(405);
  });
});

describe('bodies', () => {
  const MISSING = { error: { message: 'Missing user message in `messages`.', type: 'invalid_request_error' } };

  test.each(['', ' \n', '{}', '{"messages":[]}', '{"messages":[null,1]}'])(
    'a body without a message is refused: %j',
    async (body) => {
      expect((await call(body).expect(400)).body).toEqual(MISSING);
    },
  );

  test.each([
    ['{"messages":null}', 'null'],
    ['{"messages":"hi"}', 'string'],
  ])('a body whose messages are no array is refused: %j has %s', async (body, type) => {
    const message = `messages: Invalid input: expected array, received ${type}`;
    expect((await call(body).expect(400)).body).toEqual({ error: { message, type: 'invalid_request_error' } });
  });

  test.each(['{', 'hi', '\u001f\u008b\b'])(
    'a body that is no JSON is refused in the error envelope: %j',
    async (body) => {
      const { error } = (await call(body).expect(400)).body;
      expect(error).toEqual({ message: expect.stringContaining('JSON'), type: 'invalid_request_error' });
    },
  );

  test.each(['null', '42', '"x"', '[]', 'true'])('a body that is no object is refused: %s', async (body) => {
    const { error } = (await call(body).expect(400)).body;
    expect(error.message).toMatch(/^: Invalid input: expected object, received /);
  });

  test.each([
    ['stream', '"true"'],
    ['stream', '1'],
    ['stream', '{}'],
    ['user', 'null'],
    ['model', '7'],
  ])('a field of a wrong type is refused: %s is %s', async (key, value) => {
    const { error } = (
      await call(
        saying('hi')
          .replace('{', `{"${key}":${value},`)
          .replace(/"model":"openclaw",/, ''),
      )
    ).body;
    expect(error.message).toMatch(new RegExp(`^${key}: Invalid input: expected (string|boolean), received `));
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'nonsense'])(
    'the content type is ignored: %s',
    async (type) => {
      await call(saying('hi'), { 'Content-Type': type }).expect(200);
    },
  );

  test('a byte order mark is accepted, Content-Encoding and __proto__ are ignored', async () => {
    await call(`\uFEFF${saying('hi')}`).expect(200);
    await call(saying('hi'), { 'Content-Encoding': 'gzip' }).expect(200);
    await call(saying('hi').replace('{', '{"__proto__":{"model":"gpt-4o"},')).expect(200);
  });

  test('unknown fields are ignored', async () => {
    const more = { n: 2, logprobs: true, store: true, metadata: {}, service_tier: 'auto', nonsense: [1] };
    const { body } = await call(saying('play:one-word', more)).expect(200);
    expect(body.choices).toHaveLength(1);
  });

  test('a message of two hundred kilobytes is answered', async () => {
    const text = 'x'.repeat(200_000);
    const { body } = await call(saying(`play:echo <<<${text}>>>`)).expect(200);
    expect(body.choices[0].message.content).toBe(text);
  });
});

describe('closing', () => {
  test('the error for a port in use is one line that names it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(deployed({ port }).listen()).rejects.toThrow(
      `Failed to listen on 127.0.0.1:${port}: expected a free port, got one in use. Choose another port.`,
    );
    await new Promise((resolve) => other.close(resolve));
  });

  test('a gateway that never listened can be closed, twice too', async () => {
    const gateway = deployed();
    await Promise.all([gateway.close(), gateway.close()]);
  });
});

test('the log redacts the secret of the gateway and of the client in a path, percent-encoded or not', async () => {
  const lines: string[] = [];
  const logged = supertest(deployed({ log: (line) => lines.push(line) }).callback());
  const percent = Buffer.from(TOKEN).toString('hex').replace(/../g, '%$&');
  for (const path of [`/p/${TOKEN}/x`, `/p/${percent}/x`, '/p/of-a-client-4711/x']) {
    await logged.get(path).set('Authorization', 'Bearer of-a-client-4711').expect(404);
  }
  await logged.post(PATH).set(HEADERS).send(saying('hi')).expect(200);
  expect(lines.map((line) => line.replace(/\d+ ms$/, 'n ms'))).toEqual([
    'GET /p/[redacted]/x 404 n ms',
    'GET /p/[redacted]/x 404 n ms',
    'GET /p/[redacted]/x 404 n ms',
    `POST ${PATH} 200 n ms`,
  ]);
});
