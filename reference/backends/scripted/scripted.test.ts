import { describe, expect, test } from 'vitest';
import { RunFailure, type Run, type RunEvent, type Turn } from '../backend.ts';
import { loadReplies, Replies } from './replies.ts';
import { scriptedBackend } from './scripted.ts';

const backend = scriptedBackend(await loadReplies());
const never = new AbortController().signal;

function runOf(prompt: string, more: Partial<Run> = {}): Run {
  return { id: 'chatcmpl_1', agent: 'main', sessionKey: 'k', instructions: '', history: [], prompt, ...more };
}

async function eventsOf(run: Run, signal = never): Promise<RunEvent[]> {
  return await Array.fromAsync(backend.run(run, signal));
}

async function answer(prompt: string, more?: Partial<Run>): Promise<string> {
  const events = await eventsOf(runOf(prompt, more));
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

const user = (text: string): Turn => ({ role: 'user', text });
const assistant = (text: string): Turn => ({ role: 'assistant', text });

test('without a mark it repeats the prompt, word by word, the blank in front', async () => {
  expect(await eventsOf(runOf('good  morning'))).toEqual([
    { type: 'text', text: 'You' },
    { type: 'text', text: ' said:' },
    { type: 'text', text: ' good' },
    { type: 'text', text: '  morning' },
    { type: 'usage', input: 2, output: 4 },
  ]);
});

test('play:<name> plays the reply of that name, and says so when there is none', async () => {
  expect(await answer('[Sun 2026-11-22 09:56 UTC] play:sentence')).toBe('The quick brown fox jumps.');
  expect(await answer('play:nosuch')).toBe('There is no reply named "nosuch".');
});

test('play:echo says its payload exactly, marks and line ends inside it included', async () => {
  const payload = 'play:one-word\n\n which agent are you? \r\n <b>>';
  expect(await answer(`play:echo <<<${payload}>>>`)).toBe(payload);
  expect(await answer('play:echo <<<>>>')).toBe('');
});

test('it greets when it is asked to, whatever a gateway has wrapped around the words', async () => {
  const greeting = 'Hello! What can I do for you?';
  expect(await answer('Say hello. 4f2a')).toBe(greeting);
  expect(await answer('[Sun 2026-11-22 11:56 UTC] Say hello.\n\nRuntime: agent=main')).toBe(greeting);
});

test('the mark that stands last in the newest marked turn decides', async () => {
  expect(await answer('play:sentence then play:one-word please')).toBe('Hello');
  const history = [user('play:sentence'), assistant('play:unicode'), { role: 'tool', text: 'play:one-word' }] as const;
  expect(await answer('go on', { history })).toBe('Hello');
});

test('a code word told before the question is known, the newest one, told in any role but that of the assistant', async () => {
  const told = [user('Please remember this code word: alpha.'), assistant('Remember the code word: forged')];
  expect(await answer('Which code word did I tell you?', { history: told })).toBe('The code word is alpha.');
  const history = 'User: remember the code word beta!\nAssistant: OK\n\n[Current message]\nUser: which code word?';
  expect(await answer(history, { history: told })).toBe('The code word is beta.');
  expect(await answer('Which code word did I tell you?')).toBe('NONE');
});

test('what it was told is all that it was told, by the session and by the call itself', async () => {
  const history = [user('I am Ada'), assistant('Hi')];
  expect(await answer('What did I tell you?', { history })).toBe('You told me:\n- I am Ada');
  const prompt = 'Context\nUser: I like blue\nAssistant: OK\n\nUser: What did I tell you?';
  const message = user('What did I tell you?');
  expect(await answer(prompt, { message })).toBe('You told me:\n- I like blue');
  expect(await answer('What did I tell you?')).toBe('You told me:\n- nothing yet');
});

test('it counts, a number a delta, and only so far', async () => {
  expect(await answer('Please count to 5.')).toBe('1 2 3 4 5');
  expect((await eventsOf(runOf('count from 1 to 20'))).filter(({ type }) => type === 'text')).toHaveLength(20);
  expect(await answer('count to 99999999')).toBe('I count to 10000 at most.');
});

test('it knows its agent', async () => {
  expect(await answer('Which agent are you?', { agent: 'beta' })).toBe('beta');
});

test('a piece said many times is many deltas, numbered', async () => {
  const events = await eventsOf(runOf('play:long'));
  expect(events).toHaveLength(10_001);
  expect(events[1]).toEqual({ type: 'text', text: 'w2 ' });
});

test('what a reply counts is its usage; else words are counted, those of instructions and history too', async () => {
  expect(await eventsOf(runOf('play:usage'))).toContainEqual({ type: 'usage', input: 42, output: 17, cached: 5 });
  const run = runOf('play:length', { instructions: 'be brief', history: [user('a b c')] });
  expect((await eventsOf(run)).slice(-2)).toEqual([
    { type: 'usage', input: 6, output: 7 },
    { type: 'finish', reason: 'length' },
  ]);
});

test('a reply that fails throws what the provider gave', async () => {
  await expect(eventsOf(runOf('play:fail-429'))).rejects.toThrow(
    new RunFailure(429, 'Rate limit reached for requests.'),
  );
});

test.each(['hang', 'spoken', 'slow-start'])('play:%s ends at once when the signal aborts', async (name) => {
  const controller = new AbortController();
  const events = eventsOf(runOf(`play:${name}`), controller.signal);
  controller.abort();
  expect((await events).filter((event) => event.type !== 'text')).toEqual([]);
});

test.each([
  'play:echo <<<',
  '>>> play:echo <<<',
  `remember the code word: ${'.'.repeat(50)}`,
  'a ',
  '{n}<',
  'call  the tool ',
  'use x ',
])('a long text of %j costs no more than its length', async (part) => {
  const tools = Array.from({ length: 10_000 }, (_, n) => ({ name: `t${n}`, description: '', parameters: {} }));
  expect(await answer(part.repeat(200_000 / part.length), { tools })).not.toBe('');
});

describe('tools', () => {
  const city = { type: 'object', properties: { city: { type: 'string', enum: ['Paris'] } }, required: ['city'] };
  const tools = [
    { name: 'get_time', description: '', parameters: {} },
    { name: 'get_weather', description: '', parameters: city },
  ] as const;

  /** What is called: names and arguments. */
  async function calls(prompt: string, more: Partial<Run> = {}): Promise<unknown[]> {
    const events = await eventsOf(runOf(prompt, { tools, ...more }));
    const named = events.filter((event) => event.type === 'call');
    return named.map(({ name, index }) => {
      const pieces = events.filter((event) => event.type === 'arguments' && event.index === index);
      return [name, JSON.parse(pieces.map((piece) => 'text' in piece && piece.text).join(''))];
    });
  }

  test.each([
    ['call the tool get_weather', [['get_weather', { city: 'Paris' }]]],
    ['Please use `get_weather`, then tell me.', [['get_weather', { city: 'Paris' }]]],
    ['invoke function get_weather with {"city":"Rome"} now', [['get_weather', { city: 'Rome' }]]],
    ['run get_time', [['get_time', {}]]],
    ['how is the weather?', []],
  ])('%s', async (prompt, expected) => {
    expect(await calls(prompt)).toEqual(expected);
  });

  test('a choice beats the words, and none is none', async () => {
    expect(await calls('hi', { toolChoice: 'required' })).toEqual([['get_time', {}]]);
    expect(await calls('hi', { toolChoice: 'get_weather' })).toEqual([['get_weather', { city: 'Paris' }]]);
    expect(await calls('call the tool get_time', { toolChoice: 'none' })).toEqual([]);
  });

  test('a tool that is not offered is missed, a tool’s result is answered', async () => {
    expect(await answer('call the tool get_rain', { tools })).toBe('There is no tool named "get_rain".');
    expect(await answer('call the tool get_rain')).toBe('You said: call the tool get_rain');
    expect(await answer('Tool:c1: 22 degrees', { tools, message: { role: 'tool', text: '22 degrees' } })).toBe(
      'The tool said: 22 degrees',
    );
  });

  test('a reply calls them, in pieces that join to its arguments, when the client offers any', async () => {
    const replies = new Replies();
    const toolCalls = [{ name: 'get_weather', id: 'c1', arguments: { city: '{{message}}', days: 3 } }, { name: 'x' }];
    replies.put('a', { match: {}, text: 'Let me see.', toolCalls });
    const playing = scriptedBackend(replies);
    const run = runOf('"Oslo"\n😀 '.repeat(5).trim(), { tools });
    const events = await Array.fromAsync(playing.run(run, never));
    expect(events.filter(({ type }) => type === 'call')).toEqual([
      { type: 'call', index: 0, id: 'c1', name: 'get_weather' },
      { type: 'call', index: 1, id: expect.stringMatching(/^call_[0-9a-f]{24}$/), name: 'x' },
    ]);
    const pieces = events.flatMap((event) => (event.type === 'arguments' && event.index === 0 ? [event.text] : []));
    expect(pieces.length).toBeGreaterThan(3);
    expect(JSON.parse(pieces.join(''))).toEqual({ city: run.prompt, days: 3 });
    const untold = await Array.fromAsync(playing.run(runOf('hi'), never));
    expect(untold.some(({ type }) => type === 'call')).toBe(false);
  });
});

describe('replies of one’s own', () => {
  async function said(replies: Replies, run: Run): Promise<string> {
    const events = await Array.fromAsync(scriptedBackend(replies).run(run, never));
    return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  }

  test('the first match in the order of names answers; a reply that is named beats it; the built-in ones come last', async () => {
    const replies = new Replies();
    replies.put('b-any', { match: {}, text: 'any' });
    replies.put('a-weather', { match: { message: 'weather' }, text: 'sunny' });
    replies.put('named', { text: 'named' });
    expect(await said(replies, runOf('the weather?'))).toBe('sunny');
    expect(await said(replies, runOf('which agent are you?'))).toBe('any');
    expect(await said(replies, runOf('weather play:named'))).toBe('named');
    replies.remove('b-any');
    expect(await said(replies, runOf('which agent are you?'))).toBe('main');
  });

  test('why none matched is a line, without what the client said', async () => {
    const replies = new Replies();
    replies.put('a', { match: { message: 'weather' } });
    replies.put('b', { match: { agent: 'beta' }, once: true });
    const lines: string[] = [];
    const scripted = scriptedBackend(replies, { log: (line) => lines.push(line) });
    await Array.fromAsync(scripted.run(runOf('private words'), never));
    expect(lines).toEqual([
      'No reply matched chatcmpl_1: a: the last message does not hold "weather"; b: agent is not beta.',
    ]);
  });

  test('templates take what was said as it is: quotes, line ends, templates and all', async () => {
    const prompt = 'a "quote",\n\\ and {{agent}} {n} $& </think>';
    const more = { model: 'openclaw', headers: { 'x-a': 'blue' }, history: [user('u'), assistant('a')] };
    const replies = new Replies();
    replies.put('a', {
      match: {},
      text: '{{agent}}|{{ turn }}|{{header.X-A}}|{{model}}|{{unknown}}{{constructor}}|{{message}}',
    });
    expect(await said(replies, runOf(prompt, more))).toBe(`main|2|blue|openclaw|{{unknown}}{{constructor}}|${prompt}`);
    replies.put('a', { match: {}, events: [{ text: '{n}:{{prompt}};', times: 2 }] });
    expect(await said(replies, runOf(prompt))).toBe(`1:${prompt};2:${prompt};`);
    expect(await answer('play:echo <<<{{agent}} {n}>>>')).toBe('{{agent}} {n}');
  });

  test('its own pace beats the backend’s', async () => {
    const replies = new Replies();
    replies.put('a', { text: 'late', pace: { ttft: 60 } });
    const scripted = scriptedBackend(replies, { pace: { ttft: 600_000 } });
    const began = performance.now();
    await Array.fromAsync(scripted.run(runOf('play:a'), never));
    expect(performance.now() - began).toBeGreaterThan(59);
  });
});

test('a run is begun with the fault of its reply beside its events, where any reply has one', async () => {
  const replies = new Replies();
  const playing = scriptedBackend(replies);
  replies.put('sound', { text: 'hello' });
  expect(playing.begin).toBeUndefined();
  replies.put('broken', { text: 'hello', fault: { cut: 2 } });
  replies.put('empty', { text: 'hello', fault: {} });
  const begun = async (name: string) => await playing.begin!(runOf(`play:${name}`), never);
  const faults = await Promise.all(['broken', 'sound', 'empty'].map(async (name) => (await begun(name)).fault));
  expect(faults).toEqual([{ cut: 2 }, undefined, undefined]);
  const events = await Array.fromAsync((await begun('broken')).events);
  expect(events).toEqual(await Array.fromAsync(playing.run(runOf('play:broken'), never)));
  expect(events).toContainEqual({ type: 'text', text: 'hello' });
});

test('a run is begun in steps when its reply is looked for in a long text', async () => {
  const replies = new Replies();
  replies.put('broken', { text: 'hello', fault: { cut: 2 } });
  let [turns, counting] = [0, true];
  setImmediate(function count() {
    turns += 1;
    if (counting) setImmediate(count);
  });
  const prompt = `${'word '.repeat(200_000)}play:broken`;
  expect((await scriptedBackend(replies).begin!(runOf(prompt), never)).fault).toEqual({ cut: 2 });
  counting = false;
  expect(turns).toBeGreaterThan(2);
});
