/** Calls that a model makes of functions that it was not offered. */

import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { good, inFrontOf, saying as says, startAsked, type Provider } from './asked.ts';

const provider = await startAsked();
const { gatewayAs, ask } = inFrontOf(provider);
afterAll(() => provider.close());
beforeEach(() => {
  provider.asked.length = 0;
  provider.answer = good;
});

describe('a call of a function that was not offered', () => {
  const call = (index: number, name: string): object => ({
    tool_calls: [{ index, id: `c${index}`, function: { name, arguments: '{ }' } }],
  });
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const thenFine =
    (...deltas: object[]): Provider['answer'] =>
    (response) => {
      provider.answer = good;
      says(deltas, 'tool_calls', { prompt_tokens: 2, completion_tokens: 1 })(response);
    };

  test.each([
    ['2026.2.1', true, tools],
    ['2026.9.6', true, tools],
    ['2026.9.6', false, []],
    ['2026.9.6', false, tools],
  ])('is answered to the model, as %s (as released: %j)', async (edition, released, offered) => {
    const name = released ? 'f' : 'g';
    provider.answer = thenFine(call(0, name), call(1, 'h'));
    const { text, asked } = await ask(gatewayAs(edition, released), { tools: offered });
    expect(JSON.parse(text).choices[0]).toMatchObject({ message: { content: 'fine' }, finish_reason: 'stop' });
    expect(provider.asked.length).toBe(2);
    const said = [[0, name] as const, [1, 'h'] as const];
    expect((asked!.messages as object[]).slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: said.map(([at, of]) => ({
          id: `c${at}`,
          type: 'function',
          function: { name: of, arguments: '{}' },
        })),
      },
      ...said.map(([at, of]) => ({ role: 'tool', tool_call_id: `c${at}`, content: `Tool ${of} not found` })),
    ]);
  });

  test('stands between two texts, and the token counts are those of both', async () => {
    for (const stream of [false, true]) {
      provider.answer = (response) => {
        provider.answer = says([{ content: 'Then so.' }], 'stop', { prompt_tokens: 5, completion_tokens: 3 });
        says([{ content: 'Let me see.' }, call(0, 'g')], 'tool_calls', { prompt_tokens: 2, completion_tokens: 1 })(
          response,
        );
      };
      const { text } = await ask(gatewayAs(), { tools, stream, stream_options: { include_usage: true } });
      const said = [...text.matchAll(/"content":("[^"]*")/g)].map(([, json]) => JSON.parse(json!));
      expect(said.join('')).toBe('Let me see.\n\nThen so.');
      expect(text).toContain('"usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11}');
    }
  });

  test('beside one that was offered is left out', async () => {
    provider.answer = says([call(0, 'g'), call(1, 'f')], 'tool_calls');
    const { choices } = JSON.parse((await ask(gatewayAs(), { tools })).text);
    expect(choices[0].message.tool_calls).toMatchObject([{ id: 'c1', function: { name: 'f' } }]);
    expect(provider.asked.length).toBe(1);
  });

  test('is the failure of a model that makes it again and again', async () => {
    provider.answer = says([call(0, 'g')], 'tool_calls');
    expect((await ask(gatewayAs(), { tools })).status).toBe(500);
    expect(provider.asked.length).toBe(20);
  });
});
