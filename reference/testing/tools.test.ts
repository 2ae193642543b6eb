import OpenAI from 'openai';
import { afterAll, expect, test } from 'vitest';
import { deployed, HEADERS, optionsOf, PATH, saying, TOKEN } from './deployed.ts';

const gateway = deployed();
const url = await gateway.listen();
afterAll(() => gateway.close(0));
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: TOKEN, maxRetries: 0 });

const parameters = {
  type: 'object',
  properties: { city: { type: 'string', enum: ['Paris'] }, days: { type: 'integer', minimum: 3 } },
  required: ['city', 'days'],
} as const;
const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }] as const;
const ASK = 'Please call the tool get_weather.';

async function post(body: string, to = url): Promise<Response> {
  return await fetch(`${to}${PATH}`, { method: 'POST', headers: HEADERS, body });
}

test('a call in a completion: its arguments in one text, an empty content, the finish reason of its own', async () => {
  const body = (await (await post(saying(ASK, { tools }))).json()) as OpenAI.ChatCompletion;
  expect(body.choices).toEqual([
    {
      index: 0,
      message: {
        role: 'assistant',
        content: '',
        tool_calls: [
          {
            id: expect.stringMatching(/^call_\w{24}$/),
            type: 'function',
            function: { name: 'get_weather', arguments: '{"city":"Paris","days":3}' },
          },
        ],
      },
      finish_reason: 'tool_calls',
    },
  ]);
});

test('a call in a stream: id, type and name first, then the arguments in pieces, as OpenAI has them', async () => {
  const text = await (await post(saying(ASK, { tools, stream: true }))).text();
  const frames = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = '']) => JSON.parse(json).choices[0]);
  const [first, ...more] = frames.flatMap(({ delta }) => delta.tool_calls ?? []);
  expect(first).toEqual({
    index: 0,
    id: expect.stringMatching(/^call_\w{24}$/),
    type: 'function',
    function: { name: 'get_weather', arguments: '' },
  });
  expect(more.length).toBeGreaterThan(1);
  for (const piece of more) expect(piece).toEqual({ index: 0, function: { arguments: expect.any(String) } });
  expect(more.map((piece) => piece.function.arguments).join('')).toBe('{"city":"Paris","days":3}');
  expect(frames.map(({ delta, finish_reason: finish }) => delta.content ?? finish).filter(Boolean)).toEqual([
    'tool_calls',
  ]);
});

test('the SDK runs the tool and is answered', async () => {
  const asked: unknown[] = [];
  const runner = client.chat.completions.runTools({
    model: 'openclaw',
    stream: true,
    messages: [{ role: 'user', content: ASK }],
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'the weather',
          parameters: parameters as unknown as Record<string, unknown>,
          parse: JSON.parse,
          function: (args: object) => {
            asked.push(args);
            return '22 degrees';
          },
        },
      },
    ],
  });
  expect(await runner.finalContent()).toBe('The tool said: 22 degrees');
  expect(asked).toEqual([{ city: 'Paris', days: 3 }]);
});

test('a choice of none is none, one by name is that one', async () => {
  const say = async (more: object): Promise<OpenAI.ChatCompletion['choices'][0]> =>
    ((await (await post(saying(ASK, { tools, ...more }))).json()) as OpenAI.ChatCompletion).choices[0]!;
  expect((await say({ tool_choice: 'none' })).finish_reason).toBe('stop');
  const named = { tool_choice: { type: 'function', function: { name: 'get_weather' } } };
  expect((await say(named)).message.tool_calls).toHaveLength(1);
});

test('a session remembers what was called, and tools are ignored by editions before them', async () => {
  await post(saying(ASK, { tools, user: 'caller' }));
  const told = await (await post(saying('What did I tell you?', { user: 'caller' }))).text();
  expect(told).toContain(ASK);
  const old = deployed({ ...optionsOf('token', { edition: '2026.4.15' }) });
  const to = await old.listen();
  try {
    const said = await (await post(saying(ASK, { tools }), to)).text();
    expect(said).not.toContain('tool_calls');
  } finally {
    await old.close(0);
  }
});
