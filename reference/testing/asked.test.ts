/** What a provider behind the gateway is asked, and what becomes of its answer: by the smallest request of each kind. */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { upstreamBackend } from '../backends/upstream.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { readOptions } from '../options.ts';
import { Sessions } from '../sessions/sessions.ts';
import { event, good, saying as says, startAsked, type Provider } from './asked.ts';
import { HEADERS, PATH, TOKEN } from './deployed.ts';

const provider = await startAsked();
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
});

const M = { messages: [{ role: 'user', content: 'hi' }] };
const MODELS = {
  list: [
    { id: 'main', default: true, model: 'stub/model-main' },
    { id: 'beta', model: 'stub/openai/model-beta' },
  ],
};

/** A gateway in front of the provider; the agents `main` and `beta`. */
function gatewayAs(edition?: string, asReleased = false, agents: object = MODELS, sessions = new Sessions()): Gateway {
  const auth = { mode: 'token', token: TOKEN };
  const gateway = { auth, http: { endpoints: { chatCompletions: { enabled: true } } } };
  const options = readOptions({
    config: JSON.stringify({ gateway, agents }),
    overrides: { port: 0, edition, asReleased },
  });
  const backend = upstreamBackend({ ...options, url: provider.url, env: { OPENAI_API_KEY: 'k' } });
  return createGateway({ ...options, backend, sessions });
}

interface Said {
  readonly status: number;
  readonly text: string;
  /** The provider's newest body; undefined when it was not asked. */
  readonly asked: Record<string, unknown> | undefined;
}

async function ask(gateway: Gateway, body: object, headers: Record<string, string> = {}): Promise<Said> {
  const url = await gateway.listen();
  try {
    const all = { ...HEADERS, ...headers };
    const json = JSON.stringify({ model: 'openclaw/main', ...M, ...body });
    const response = await fetch(url + PATH, { method: 'POST', headers: all, body: json });
    return { status: response.status, text: await response.text(), asked: provider.asked.at(-1) };
  } finally {
    await gateway.close(0);
  }
}

describe('the parameters of a call', () => {
  const format = { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: {} } };
  test.each([
    [{ temperature: 0.3 }, { temperature: 0.3 }],
    [
      { temperature: 0, seed: 0 },
      { temperature: 0, seed: 0 },
    ],
    [
      { top_p: 0.5, frequency_penalty: -1, presence_penalty: 1 },
      { top_p: 0.5, frequency_penalty: -1, presence_penalty: 1 },
    ],
    [{ max_tokens: 60 }, { max_completion_tokens: 60 }],
    [{ max_tokens: 60, max_completion_tokens: 5 }, { max_completion_tokens: 5 }],
    [{ max_tokens: 60, max_completion_tokens: null }, { max_completion_tokens: 60 }],
    [{ stop: 'END' }, { stop: ['END'] }],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [{ response_format: format }, { response_format: format }],
    [{ temperature: null, stop: null, seed: null, max_tokens: null, response_format: null }, {}],
    [{ n: 1, logit_bias: {}, parallel_tool_calls: false, metadata: {} }, {}],
  ])('%j reach the provider as %j', async (sent, forwarded) => {
    const { status, asked } = await ask(gatewayAs(), sent);
    expect(status).toBe(200);
    expect(asked).toEqual({
      model: 'model-main',
      messages: [{ role: 'user', content: 'hi' }],
      ...forwarded,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('a stream forwards them too', async () => {
    expect((await ask(gatewayAs(), { temperature: 0.3, stream: true })).asked).toMatchObject({ temperature: 0.3 });
  });

  test.each([
    ['2026.3.24', undefined, undefined],
    ['2026.5.28', 0.3, undefined],
    ['2026.7.1', 0.3, ['END']],
  ])('%s forwards what it knows of', async (edition, temperature, stop) => {
    for (const asReleased of [false, true]) {
      const { asked } = await ask(gatewayAs(edition, asReleased), { temperature: 0.3, stop: 'END' });
      expect([asked?.temperature, asked?.stop]).toEqual([temperature, stop]);
    }
  });

  test.each(['', [''], [null]])('a stop of %j is refused from the edition that forwards stops', async (stop) => {
    expect((await ask(gatewayAs('2026.7.1'), { stop })).text).toContain(
      'Invalid stop: stop entries must be non-empty strings',
    );
    expect(provider.asked).toEqual([]);
    expect((await ask(gatewayAs('2026.5.28'), { stop })).status).toBe(200);
  });
});

describe('the model', () => {
  test.each([
    [{}, {}, 'model-main'],
    [{ model: 'openclaw/beta' }, {}, 'openai/model-beta'],
    [{}, { 'x-openclaw-model': 'stub/model-beta' }, 'model-beta'],
    [{}, { 'x-openclaw-model': 'model-beta' }, 'model-beta'],
  ])('of %j with %j is asked for without the provider’s prefix', async (body, headers, model) => {
    expect((await ask(gatewayAs(), body, headers)).asked?.model).toBe(model);
  });
});

describe('the images of a call', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const image = (url: string): object => ({ type: 'image_url', image_url: { url, detail: 'low' } });
  const shown = (...content: object[]): object => ({ messages: [{ role: 'user', content }] });

  test.each(['image/png', 'image/jpg', 'application/octet-stream', 'image/jpeg'])(
    'are of the type that their bytes have, when called %s',
    async (type) => {
      const { status, asked } = await ask(
        gatewayAs(),
        shown({ type: 'text', text: 'see' }, image(`data:${type};base64,${png}`)),
      );
      expect(status).toBe(200);
      expect(asked?.messages).toEqual([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
          ],
        },
      ]);
    },
  );

  test.each([
    ['PDF called PNG', `data:image/png;base64,${Buffer.from('%PDF-1.7').toString('base64')}`],
    ['unknown bytes without a type', 'data:application/octet-stream;base64,aGVsbG8='],
  ])('are refused: %s', async (_what, url) => {
    expect((await ask(gatewayAs(), shown(image(url)))).status).toBe(400);
    expect(provider.asked).toEqual([]);
  });

  test('reach no provider in editions that drop them', async () => {
    const body = shown({ type: 'text', text: 'see' }, image(`data:image/png;base64,${png}`));
    const { asked } = await ask(gatewayAs('2026.2.26'), body);
    expect(asked?.messages).toEqual([{ role: 'user', content: 'see' }]);
  });
});

describe('the tools of a call', () => {
  const tool = (name: string): object => ({ type: 'function', function: { name, parameters: {} } });
  const offered = ({ asked }: Said): unknown =>
    (asked?.tools as { function: { name: string } }[] | undefined)?.map((one) => one.function.name);
  const named = { type: 'function', function: { name: 'b' } };

  test.each([
    [undefined, ['a', 'b'], 'auto'],
    ['none', undefined, undefined],
    ['required', ['a', 'b'], 'required'],
    [named, ['b'], named],
  ])('by the choice %j are offered as %j', async (choice, names, told) => {
    const body = { tools: [tool('a'), tool('b')], tool_choice: choice };
    const said = await ask(gatewayAs('2026.7.1'), body);
    expect([offered(said), said.asked?.tool_choice]).toEqual([names, told]);
    const released = await ask(gatewayAs('2026.7.1', true), body);
    expect([offered(released), released.asked?.tool_choice]).toEqual([names, undefined]);
  });
});

describe('a tool that the agent has itself', () => {
  const body = (name: string): object => ({ tools: [{ type: 'function', function: { name } }] });
  const ERROR = '{"error":{"message":"invalid tool configuration","type":"invalid_request_error"}}';

  test.each(['exec', 'read'])('%s is refused, streamed behind the role', async (name) => {
    for (const asReleased of [false, true]) {
      expect(await ask(gatewayAs('2026.5.28', asReleased), body(name))).toMatchObject({ status: 400, text: ERROR });
      const { status, text } = await ask(gatewayAs('2026.5.28', asReleased), { ...body(name), stream: true });
      expect([status, text.split('\n\n').slice(1)]).toEqual([200, [`data: ${ERROR}`, 'data: [DONE]', '']]);
    }
    expect(provider.asked).toEqual([]);
    expect((await ask(gatewayAs('2026.3.24'), body(name))).status).toBe(200);
    expect((await ask(gatewayAs(), body('executes'))).status).toBe(200);
  });
});

describe('the results of tools', () => {
  const USER = { role: 'user', content: 'weather?' };
  const CALL = {
    role: 'assistant',
    content: '',
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  const result = (content: unknown, more: object = {}): object => ({
    role: 'tool',
    tool_call_id: 'c1',
    content,
    ...more,
  });
  const prompt = ({ asked }: Said): unknown => (asked?.messages as { content: unknown }[] | undefined)?.[0]?.content;
  const context = (...lines: string[]): string =>
    [
      '[Chat messages since your last reply - for context]',
      ...lines.slice(0, -1),
      '',
      '[Current message - respond to this]',
    ]
      .concat(lines.slice(-1))
      .join('\n');
  const TOLD = 'Assistant: tool_call id=c1 name=f arguments={}';

  test.each([
    ['2026.3.24', [USER, CALL, result('sunny')], context('User: weather?', 'Tool: sunny')],
    ['2026.3.24', [USER, CALL, result('sunny', { name: 'f' })], context('User: weather?', 'Tool:f: sunny')],
    ['2026.5.28', [USER, CALL, result('sunny', { name: 'f' })], context('User: weather?', TOLD, 'Tool:c1: sunny')],
    ['2026.7.1', [result('tool only')], 'tool only'],
    ['2026.9.6', [result('tool only')], 'Tool:c1: tool only'],
    ['2026.9.6', [{ role: 'function', name: 'f', content: 'fn only' }], 'Tool:f: fn only'],
    ['2026.7.1', [USER, CALL, result('')], 'weather?'],
    ['2026.9.6', [USER, CALL, result('')], context('User: weather?', TOLD, 'Tool:c1: ')],
    ['2026.9.6', [USER, CALL, result([])], context('User: weather?', TOLD, 'Tool:c1: ')],
    ['2026.9.6', [USER, CALL, result(null)], context('User: weather?', TOLD, 'Tool:c1: ')],
    ['2026.9.6', [USER, { role: 'function', name: 'f', content: null }], context('User: weather?', 'Tool:f: ')],
  ])('are told as %s tells them: %j', async (edition, messages, told) => {
    for (const stream of [false, true]) {
      expect(prompt(await ask(gatewayAs(edition), { messages, stream }))).toBe(told);
    }
  });
});

describe('an agent that is not configured', () => {
  const agents = { ...MODELS, defaults: { model: { primary: 'stub/model-common' } } };
  test.each(['openclaw/default', 'openclaw/stranger'])(
    '%s thinks with what agents think with by default',
    async (model) => {
      expect((await ask(gatewayAs('2026.2.1', true, agents), { model })).asked?.model).toBe('model-common');
      expect((await ask(gatewayAs('2026.2.1', true), { model })).asked?.model).toBe('model-main');
    },
  );
});

describe('the proxies of the newest release', () => {
  test.each(['X-Forwarded-Host', 'X-Forwarded-Port', 'Tailscale-User-Login'])('%s alone is a proxy', async (name) => {
    const { status, text } = await ask(gatewayAs(), {}, { [name]: '1' });
    expect([status, JSON.parse(text).error.type]).toEqual([403, 'proxy_attribution_required']);
    expect((await ask(gatewayAs('2026.7.1'), {}, { [name]: '1' })).status).toBe(200);
  });

  test.each([
    [
      { stream_options: { include_usage: null } },
      'stream_options.include_usage: Invalid input: expected boolean, received null',
    ],
    [{ stop: [null] }, 'stop: Invalid input'],
    [{ max_tokens: 1e300 }, 'max_tokens: Too big: expected int to be <=9007199254740991'],
    [{ max_completion_tokens: 2 ** 53 }, 'max_completion_tokens: Too big: expected int to be <=9007199254740991'],
  ])('%j is refused', async (body, message) => {
    const { status, text } = await ask(gatewayAs(), body);
    expect([status, JSON.parse(text).error.message]).toEqual([400, message]);
    expect((await ask(gatewayAs('2026.5.28'), body)).status).toBe(200);
  });

  test.each(['\u00A0', '\uFEFF', ' \n\u00A0'])('%j before the JSON is a blank', async (blank) => {
    const gateway = gatewayAs();
    const url = await gateway.listen();
    try {
      const body = `${blank}${JSON.stringify({ model: 'openclaw/main', ...M })}`;
      expect((await fetch(url + PATH, { method: 'POST', headers: HEADERS, body })).status).toBe(200);
      const empty = await fetch(url + PATH, { method: 'POST', headers: HEADERS, body: blank });
      expect(await empty.text()).toContain('Missing user message');
    } finally {
      await gateway.close(0);
    }
  });

  test.each([
    [false, ''],
    [true, 'Connection: close'],
  ])('as released %j a body that is too large ends the connection: %j', async (asReleased, header) => {
    const gateway = gatewayAs('2026.9.6', asReleased);
    const { port } = new URL(await gateway.listen());
    const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    try {
      const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 99999999\r\n\r\n{"a":1`;
      socket.write(head);
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      expect(bytes.toString()).toMatch(/^HTTP\/1\.1 413 /);
      expect(bytes.toString()).toContain(header);
      if (asReleased) await once(socket, 'end');
      else expect(bytes.toString()).not.toContain('Connection: close');
    } finally {
      socket.destroy();
      await gateway.close(0);
    }
  });
});

describe('the answer of a provider', () => {
  test.each([
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['stop', 'stop'],
    ['odd', 'stop'],
  ])('that ends with %s ends with %s', async (reason, finish) => {
    provider.answer = says([{ content: 'fine' }], reason);
    expect(JSON.parse((await ask(gatewayAs(), {})).text).choices[0].finish_reason).toBe(finish);
    expect((await ask(gatewayAs(), { stream: true })).text).toContain(`"finish_reason":"${finish}"`);
  });

  test('keeps a refusal, cached tokens and reasoning tokens', async () => {
    provider.answer = says([{ refusal: 'I will ' }, { refusal: 'not.' }], 'stop', {
      prompt_tokens: 9,
      completion_tokens: 8,
      prompt_tokens_details: { cached_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 6 },
    });
    const said = JSON.parse((await ask(gatewayAs(), {})).text);
    expect(said.choices[0].message.content).toBe('I will not.');
    expect(said.usage).toEqual({
      prompt_tokens: 9,
      completion_tokens: 8,
      total_tokens: 17,
      prompt_tokens_details: { cached_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 6 },
    });
  });
});

describe('a provider that fails', () => {
  const refuses =
    (status: number, message: string): Provider['answer'] =>
    (response) =>
      void response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ error: { message } }));
  const resets: Provider['answer'] = (response) => void response.socket?.resetAndDestroy();
  const resetsInTheMiddle: Provider['answer'] = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(event({ choices: [{ index: 0, delta: { content: 'so far' } }] }), () =>
      response.socket?.resetAndDestroy(),
    );
  };
  const stops =
    (...words: string[]): Provider['answer'] =>
    (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const content of words) response.write(event({ choices: [{ index: 0, delta: { content } }] }));
      response.end();
    };
  const noJson: Provider['answer'] = (response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json' }).end('this is not json');
  const OVERLOADED = 'The AI service is temporarily overloaded. Please try again in a moment.';
  const TIMEOUT = 'upstream provider timeout';

  /** The status, and the text of the answer or of the error. */
  async function told(edition: string, asReleased = true): Promise<[number, unknown]> {
    const { status, text } = await ask(gatewayAs(edition, asReleased), {});
    const { error, choices } = JSON.parse(text);
    return [status, error?.message ?? choices[0].message.content];
  }

  test.each<[string, Provider['answer'], number, string]>([
    ['2026.2.1', refuses(400, 'stub says bad request'), 200, 'HTTP 400: stub says bad request'],
    ['2026.3.24', refuses(400, 'stub says bad request'), 200, 'HTTP 400: stub says bad request'],
    ['2026.2.1', refuses(500, 'stub internal failure'), 200, '500 stub internal failure'],
    ['2026.2.1', refuses(500, 'cost is $& a token'), 200, '500 cost is $& a token'],
    ['2026.2.1', refuses(503, 'overloaded'), 200, OVERLOADED],
    ['2026.3.24', refuses(503, 'overloaded'), 200, OVERLOADED],
    ['2026.5.28', refuses(503, 'overloaded'), 503, 'upstream provider overloaded'],
    ['2026.7.1', refuses(503, 'overloaded'), 503, 'upstream provider overloaded'],
    ['2026.2.1', resets, 200, 'Connection error.'],
    ['2026.2.26', resets, 200, 'Connection error.'],
    ['2026.3.24', resets, 200, 'LLM request failed: network connection error.'],
    ['2026.7.1', resets, 408, TIMEOUT],
    ['2026.9.6', resets, 408, TIMEOUT],
    ['2026.9.6', resetsInTheMiddle, 408, TIMEOUT],
    ['2026.3.24', noJson, 200, 'No response from OpenClaw.'],
    ['2026.5.28', noJson, 200, `Unexpected token 'h', "this is not json" is not valid JSON`],
    ['2026.7.1', noJson, 200, 'LLM request failed.'],
    ['2026.9.6', noJson, 500, 'internal error'],
    ['2026.2.1', stops('all there ', 'is'), 200, 'all there is'],
    ['2026.7.1', stops('all there ', 'is'), 200, 'all there is'],
    ['2026.9.6', stops('all there ', 'is'), 408, TIMEOUT],
  ])('is told as %s tells it (%#)', async (edition, answer, status, text) => {
    provider.answer = answer;
    expect(await told(edition)).toEqual([status, text]);
  });

  test.each([
    ['resets', resets],
    ['resets in the middle', resetsInTheMiddle],
    ['says no JSON', noJson],
    ['says nothing', stops()],
    ['stops in the middle', stops('half')],
    ['is overloaded', refuses(503, 'overloaded')],
  ])('is never told as a good answer when it %s', async (_how, answer) => {
    provider.answer = answer;
    for (const edition of ['2026.1.30', '2026.5.28', '2026.9.6']) {
      expect(await told(edition, false)).toEqual([500, 'internal error']);
      const { text } = await ask(gatewayAs(edition), { stream: true });
      expect(text.split('\n\n').slice(-3)).toEqual([
        'data: {"error":{"message":"internal error","type":"api_error"}}',
        'data: [DONE]',
        '',
      ]);
    }
    expect(provider.asked.length).toBe(6);
  });

  test('may end with [DONE] alone, or with a finish reason alone', async () => {
    provider.answer = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end(`${event({ choices: [{ index: 0, delta: { content: 'fine' } }] })}data: [DONE]\n\n`);
    };
    expect(await told('2026.9.6', false)).toEqual([200, 'fine']);
    provider.answer = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end(event({ choices: [{ index: 0, delta: { content: 'fine' }, finish_reason: 'stop' }] }));
    };
    expect(await told('2026.9.6', false)).toEqual([200, 'fine']);
  });

  test('stops a stream of the newest with an error and [DONE]', async () => {
    provider.answer = stops('half');
    const { text } = await ask(gatewayAs('2026.9.6', true), { stream: true });
    expect(text.split('\n\n').slice(-3)).toEqual([
      `data: {"error":{"message":"${TIMEOUT}","type":"api_error"}}`,
      'data: [DONE]',
      '',
    ]);
  });
});

describe('directives in pieces, streamed', () => {
  const chunks = async (edition: string, pieces: readonly string[]): Promise<string[]> => {
    provider.answer = says(pieces.map((content) => ({ content })));
    const { text } = await ask(gatewayAs(edition, true), { stream: true });
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    return [...text.matchAll(/^data: (\{.*)$/gm)].flatMap(
      ([, json = '']) => JSON.parse(json).choices[0].delta.content ?? [],
    );
  };
  const TAG = ['[[reply_to_', 'current]] ', 'tagged answer'];
  const MEDIA = ['Here:\n', 'MEDIA:', '/data/x.png', '\nafter'];

  test.each([
    ['2026.2.1', ['NO_', 'REPLY'], ['NO_']],
    ['2026.5.28', ['NO_', 'REPLY'], ['NO_']],
    ['2026.5.28', ['NO_', 'REPLY', ' is a word'], ['NO_', 'REPLY is a word']],
    ['2026.7.1', ['NO_', 'REPLY'], ['No response from OpenClaw.']],
    ['2026.2.26', MEDIA, ['Here:', '\nMEDIA:', '\nafter']],
    ['2026.3.24', MEDIA, ['Here:', '\nMEDIA:', '\nafter']],
    ['2026.3.24', ['Here:\n', 'MEDIA:/data', '/x.png', '\nafter'], ['Here:', '\nafter']],
    ['2026.5.28', MEDIA, ['Here:', '\nafter']],
    ['2026.1.30', TAG, ['[[reply_to_']],
    ['2026.1.30', ['[[reply_to_current]] ', 'fine'], ['fine']],
    ['2026.2.1', TAG, ['tagged answer']],
  ])('come as %s lets them: %j', async (edition, pieces, seen) => {
    expect(await chunks(edition, pieces)).toEqual(seen);
  });

  test('are whole when they are not streamed', async () => {
    for (const [edition, pieces, seen] of [
      ['2026.1.30', TAG, 'tagged answer'],
      ['2026.3.24', MEDIA, 'Here:\nafter'],
      ['2026.2.1', ['NO_', 'REPLY'], 'No response from OpenClaw.'],
    ] as const) {
      provider.answer = says(pieces.map((content) => ({ content })));
      const { text } = await ask(gatewayAs(edition, true), {});
      expect(JSON.parse(text).choices[0].message.content).toBe(seen);
    }
  });
});

describe('first calls of a session at once', () => {
  test.each([
    ['2026.7.1', true, [1, 1, 1]],
    ['2026.7.1', false, [1, 3, 5]],
    ['2026.9.6', true, [1, 3, 5]],
  ])(
    'as %s (as released: %j) run one after the other, with so many messages: %j',
    async (edition, asReleased, counts) => {
      const sessions = new Sessions();
      const gateway = gatewayAs(edition, asReleased, MODELS, sessions);
      const url = await gateway.listen();
      let held = true;
      let running = 0;
      let most = 0;
      const answerWhenAllWait = async (response: ServerResponse): Promise<void> => {
        most = Math.max(most, ++running);
        if (held) await expect.poll(() => sessions.list()[0]?.visitors).toBe(3);
        held = false;
        running -= 1;
        good(response);
      };
      provider.answer = (response) => void answerWhenAllWait(response);
      try {
        const body = JSON.stringify({ model: 'openclaw/main', user: 'new', ...M });
        const call = async (): Promise<string> =>
          await (await fetch(url + PATH, { method: 'POST', headers: HEADERS, body })).text();
        await Promise.all([call(), call(), call()]);
        expect(provider.asked.map(({ messages }) => (messages as unknown[]).length)).toEqual(counts);
        expect(most).toBe(1);
        await call();
        expect(provider.asked.at(-1)?.messages).toHaveLength(7);
      } finally {
        await gateway.close(0);
      }
    },
  );
});
