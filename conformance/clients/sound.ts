/**
 * A client that keeps every requirement, in parts that a proof may replace one by one: what it sends, how it asks again,
 * how it reads events, what it takes for the end.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientFunction, Given } from './function.ts';

interface Delta {
  readonly content?: string | null;
  readonly tool_calls?:
    readonly { index: number; id?: string; function?: { name?: string; arguments?: string } }[] | null;
}

/** A chunk, a whole answer or an error, as far as a client reads it. */
export interface Event {
  readonly error?: { readonly message?: string };
  readonly choices?: readonly {
    readonly delta?: Delta;
    readonly message?: Message;
    readonly finish_reason?: string | null;
  }[];
}

/** A call of a function. `arguments` is JSON as text. */
export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** A message of the question, or of a whole answer. */
export interface Message {
  readonly role: string;
  readonly content: unknown;
  readonly tool_calls?: readonly ToolCall[] | null;
  readonly tool_call_id?: string;
}

/** A question: what is sent, and how. */
export interface Question {
  url: string;
  headers: Record<string, string>;
  body: { model: string; stream: boolean; messages: Message[]; [name: string]: unknown };
}

/** What came of a stream so far. */
export interface Read {
  text: string;
  calls: ToolCall[];
  finish: string | undefined;
  done: boolean;
}

/** The parts. Each may be replaced by one that is wrong, or by another that is right. */
export interface Parts {
  /** The question, from what the client is told. */
  question(prompt: string, given: Given): Promise<Question> | Question;
  /** Sends it until there is an answer; throws when there will be none. */
  send(question: Question, given: Given): Promise<Response>;
  /** The data of each event of the stream. */
  events(body: ReadableStream<Uint8Array>, given: Given): AsyncIterable<string>;
  /** Takes one event in. Returns the text to show; throws when it is none of a good answer. */
  take(data: string, read: Read): string;
  /** Throws unless the stream was whole. */
  check(read: Read): void;
  /** Reads a whole answer. */
  whole(response: Response): Promise<Read>;
  /** The messages that follow the calls of functions. */
  results(calls: readonly ToolCall[]): Message[];
}

/** A client without a defect, which keeps every requirement. */
export const SOUND: Parts = {
  question: async (prompt, given) => {
    const { baseURL, apiKey, model, stream, tool, image, history } = given;
    const content =
      image === undefined
        ? prompt
        : [
            { type: 'text', text: prompt },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${readFileSync(image, 'base64')}` } },
          ];
    const named = model === '' ? await listed(given) : model;
    return {
      url: `${baseURL}/chat/completions`,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: {
        model: named,
        stream,
        messages: [...history, { role: 'user', content }],
        ...(stream && { stream_options: { include_usage: true } }),
        ...(tool !== undefined && {
          tools: [
            {
              type: 'function',
              function: {
                name: tool,
                description: 'Returns the text.',
                parameters: { type: 'object', properties: { text: { type: 'string' } } },
              },
            },
          ],
        }),
      },
    };
  },

  async send({ url, headers, body }, { signal }) {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
      if (response.ok) return response;
      const message = await messageOf(response);
      const passes = response.status === 429 || response.status >= 500;
      if (!passes || attempt === ATTEMPTS) throw new Error(`${response.status}: ${message}`);
      await wait(pauseOf(response, attempt), undefined, { signal });
    }
  },

  async *events(body) {
    // The standard's algorithm, line by line.
    let rest = '';
    let data: string[] = [];
    let torn = false;
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      let text: string = piece;
      if (torn && text.startsWith('\n')) text = text.slice(1);
      torn = text === '' ? torn : text.endsWith('\r');
      const lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield data.join('\n');
          data = [];
        } else {
          const [name, value] = fieldOf(line);
          if (name === 'data') data.push(value);
        }
      }
    }
    if (rest !== '' || data.length > 0) throw new Error('The stream ended within an event.');
  },

  take(data, read) {
    if (data === '[DONE]') {
      read.done = true;
      return '';
    }
    const { error, choices } = JSON.parse(data) as Event;
    if (error) throw new Error(error.message ?? 'The stream failed.');
    const [choice] = choices ?? [];
    for (const call of choice?.delta?.tool_calls ?? []) {
      const known = (read.calls[call.index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } });
      known.id ||= call.id ?? '';
      known.function.name ||= call.function?.name ?? '';
      known.function.arguments += call.function?.arguments ?? '';
    }
    read.finish ??= choice?.finish_reason ?? undefined;
    const text = choice?.delta?.content ?? '';
    read.text += text;
    return text;
  },

  check({ done, finish }) {
    if (finish === undefined) throw new Error(`The stream ended ${done ? 'without a finish reason' : 'too early'}.`);
    if (!done) throw new Error('The stream ended before [DONE].');
  },

  async whole(response) {
    const { error, choices } = (await response.json()) as Event;
    if (error) throw new Error(error.message ?? 'The call failed.');
    const [choice] = choices ?? [];
    if (choice?.message === undefined) throw new Error('The answer has no choice.');
    const { content, tool_calls: calls } = choice.message;
    return {
      text: typeof content === 'string' ? content : '',
      calls: [...(calls ?? [])],
      finish: choice.finish_reason ?? undefined,
      done: true,
    };
  },

  results: (calls) =>
    calls.map(({ id, function: { arguments: given } }) => ({
      role: 'tool',
      tool_call_id: id,
      content: (JSON.parse(given) as { text: string }).text,
    })),
};

const ATTEMPTS = 3;

/** The client that is made of these parts. */
export function clientOf(parts: Parts = SOUND): ClientFunction {
  return async function* client(prompt, told) {
    const { timeoutMs, signal } = told;
    const patience = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
    const given = { ...told, signal: AbortSignal.any([signal, ...patience]) };
    const question = await parts.question(prompt, given);
    for (;;) {
      const response = await parts.send(question, given);
      const read: Read = { text: '', calls: [], finish: undefined, done: false };
      if (question.body.stream) {
        for await (const data of parts.events(response.body!, given)) {
          const text = parts.take(data, read);
          if (text !== '') yield text;
          if (read.done) break;
        }
        parts.check(read);
      } else {
        Object.assign(read, await parts.whole(response));
        yield read.text;
      }
      const calls = read.calls.filter(Boolean);
      if (calls.length === 0) return;
      question.body.messages.push(
        { role: 'assistant', content: read.text || null, tool_calls: calls },
        ...parts.results(calls),
      );
    }
  };
}

/** A line of an event: the name of its field and the value. */
export function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(' ') ? value.slice(1) : value];
}

/** How long to wait before the next attempt, in ms. */
export function pauseOf(response: Response, attempt: number): number {
  const after = response.headers.get('retry-after');
  if (after === null) return 120 * 2 ** attempt;
  return /^\d+$/.test(after) ? Number(after) * 1000 : Math.max(0, Date.parse(after) - Date.now());
}

/** The message of an error response; its text where it has no envelope. */
export async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text.slice(0, 200);
  }
}

async function listed({ baseURL, apiKey, signal }: Given): Promise<string> {
  const response = await fetch(`${baseURL}/models`, { headers: { authorization: `Bearer ${apiKey}` }, signal });
  return ((await response.json()) as { data: { id: string }[] }).data[0]!.id;
}
