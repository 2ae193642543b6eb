/** What becomes of a provider's answer, by the smallest answer of each kind. */

import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { M, event, good, inFrontOf, saying as says, startAsked, type Provider } from './asked.ts';

const provider = await startAsked();
const { gatewayAs, ask } = inFrontOf(provider);
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
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
  const isWhole: Provider['answer'] = (response) => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' }];
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ choices }));
  };
  const streams =
    (data: string, before = ''): Provider['answer'] =>
    (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      if (before !== '') response.write(event({ choices: [{ index: 0, delta: { content: before } }] }));
      response.end(`data: ${data}\n\n`);
    };
  const errs = (message: string, before?: string): Provider['answer'] =>
    streams(JSON.stringify({ error: { message } }), before);
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
    ['2026.2.1', resetsInTheMiddle, 200, 'terminated\n\nso far'],
    ['2026.3.24', resetsInTheMiddle, 200, 'LLM request failed: network connection error.\n\nso far'],
    ['2026.2.1', says([{ content: 'so far' }], 'content_filter'), 200, 'An unknown error occurred\n\nso far'],
    ['2026.9.6', says([{ content: 'so far' }], 'content_filter'), 500, 'internal error'],
    ['2026.2.1', says([{ content: 'so far' }], 'odd'), 200, 'Unhandled stop reason: odd\n\nso far'],
    ['2026.2.1', says([], 'network_error'), 200, 'Unhandled stop reason: network_error'],
    ['2026.9.6', says([], 'network_error'), 408, TIMEOUT],
    ['2026.9.6', says([{ content: 'so far' }], 'odd'), 500, 'internal error'],
    ['2026.2.1', isWhole, 200, 'No response from OpenClaw.'],
    ['2026.2.1', says([{ refusal: 'I will not.' }]), 200, 'No response from OpenClaw.'],
    ['2026.9.6', says([{ refusal: 'I will not.' }]), 200, 'I will not.'],
    ['2026.2.1', errs('stub internal failure'), 200, 'stub internal failure'],
    ['2026.2.1', errs('Rate limit reached'), 200, 'Rate limit reached'],
    ['2026.2.1', errs('overloaded', 'so far'), 200, `${OVERLOADED}\n\nso far`],
    ['2026.2.1', streams('not json'), 200, `Unexpected token 'o', "not json" is not valid JSON`],
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
    ['says that it failed', says([{ content: 'so far' }], 'network_error')],
    ['does not stream', isWhole],
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

  test.each([
    ['2026.2.1', true, refuses(503, 'no'), 3],
    ['2026.2.1', true, refuses(429, 'no'), 3],
    ['2026.2.1', true, resets, 3],
    ['2026.2.1', true, refuses(400, 'no'), 1],
    ['2026.2.1', true, resetsInTheMiddle, 1],
    ['2026.2.1', false, resets, 1],
    ['2026.9.6', true, resets, 1],
  ])('is asked by %s (as released: %j) so often: %#', async (edition, released, answer, times) => {
    provider.answer = answer;
    await ask(gatewayAs(edition, released), {});
    expect(provider.asked.length).toBe(times);
  });

  test.each<[string, boolean, Provider['answer'], number]>([
    ['2026.7.1', true, says([]), 2],
    ['2026.9.6', true, says([{ content: ' ' }]), 2],
    ['2026.9.6', true, good, 1],
    ['2026.9.6', false, says([]), 1],
    ['2026.5.28', true, says([]), 1],
  ])('is asked for a word by %s (as released: %j) so often: %#', async (edition, released, answer, times) => {
    provider.answer = answer;
    const { asked } = await ask(gatewayAs(edition, released), {});
    expect(provider.asked.length).toBe(times);
    if (times === 1) return;
    const again = { role: 'user', content: expect.stringContaining('did not produce a user-visible answer') };
    expect(asked?.messages).toEqual([...M.messages, again]);
  });

  test('is not asked again when it answers the second time', async () => {
    provider.answer = (response) => {
      provider.answer = good;
      response.writeHead(500).end();
    };
    expect(await told('2026.2.1')).toEqual([200, 'fine']);
    expect(provider.asked.length).toBe(2);
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
    ['2026.2.1', ['[[reply_', 'to:123]] tagged'], ['tagged']],
    ['2026.2.1', ['[[audio_as_voice]] words'], ['words']],
    ['2026.2.1', ['words', ' [[reply_to_current]]'], ['words']],
    ['2026.2.1', ['words [[reply_to_current]]', 'more'], ['words', ' more']],
    ['2026.2.1', ['[[other]] words'], ['[[other]] words']],
    ['2026.2.1', ['<thought>hm</thought>ok', '<antthinking>hm</antthinking>, well'], ['ok', ', well']],
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
