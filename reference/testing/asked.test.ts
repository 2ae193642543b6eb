/** What a provider behind the gateway is asked, by the smallest request of each kind. */

import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { good, inFrontOf, MODELS, startAsked, type Said } from './asked.ts';

const provider = await startAsked();
const { gatewayAs, ask } = inFrontOf(provider);
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
});

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

  test('a schema that is none is asked for, and by no release', async () => {
    const body = { response_format: { type: 'json_schema' } };
    expect((await ask(gatewayAs(), body)).asked).toMatchObject(body);
    expect((await ask(gatewayAs('2026.9.6', true), body)).asked).not.toHaveProperty('response_format');
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
    [{}, { 'x-openclaw-model': 'STUB/model-beta' }, 'model-beta'],
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
  const ODD = {
    role: 'assistant',
    tool_calls: [
      { id: 'c1', function: { name: 'f', arguments: { x: 1 } } },
      { id: 'c2', function: {} },
    ],
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
  const TOLD_ODD = 'Assistant: tool_call id=c1 name=f arguments={"x":1}';

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
    ['2026.9.6', [USER, CALL, result(null)], 'weather?'],
    ['2026.9.6', [USER, ODD, result('sunny')], context('User: weather?', TOLD_ODD, 'Tool:c1: sunny')],
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
