/** Clients that read a whole answer wrongly, and those that call functions wrongly. */
import { SOUND, type Event, type Message, type Parts, type Read, type ToolCall } from '../sound.ts';
import { KNOWN, wrong, type Wrong } from './wrong.ts';

/** Reads a whole answer from its text, after `look` has had it. */
function fromText(look: (text: string, response: Response) => string | void): Pick<Parts, 'whole'> {
  return {
    async whole(response) {
      const text = await response.text();
      return await SOUND.whole(new Response(look(text, response) ?? text));
    },
  };
}

function refuse(when: (json: Event, text: string) => boolean): Pick<Parts, 'whole'> {
  return fromText((text) => {
    if (when(JSON.parse(text) as Event, text)) throw new Error('An unknown answer.');
  });
}

const said = (text: string): Read => ({ text, calls: [], finish: 'stop', done: true });

export const wholesWrongly: readonly Wrong[] = [
  wrong('reads one piece of a whole answer', ['framing.bytes-whole', 'framing.split-whole', 'answer.large'], {
    async whole(response) {
      const { value = new Uint8Array() } = await response.body!.getReader().read();
      return await SOUND.whole(new Response(Buffer.from(value)));
    },
  }),
  wrong('decodes each piece of a whole answer by itself', ['framing.bytes-whole', 'framing.split-whole'], {
    async whole(response) {
      let text = '';
      for await (const piece of response.body!) text += Buffer.from(piece).toString('utf8');
      return await SOUND.whole(new Response(text));
    },
  }),
  wrong(
    'needs a brace as the first letter',
    ['framing.spaces'],
    refuse((_, text) => !text.startsWith('{')),
  ),
  wrong(
    'undoes the escapes of a whole answer by hand',
    ['framing.escapes-whole'],
    refuse((_, text) => text.includes('\\u')),
  ),
  wrong('needs the length of a whole answer, or chunks', ['framing.close-whole'], {
    ...fromText((_, { headers }) => {
      if (!headers.has('content-length') && !headers.has('transfer-encoding')) throw new Error('No length.');
    }),
  }),
  wrong(
    'needs a charset in the type of a whole answer',
    ['framing.type-whole'],
    fromText((_, { headers }) => {
      if (!headers.get('content-type')?.includes('charset')) throw new Error('No charset.');
    }),
  ),
  wrong(
    'knows the fields of a whole answer and no other',
    ['framing.unknown-whole', 'framing.null-whole'],
    refuse((json) => Object.keys(json).some((name) => !KNOWN.has(name))),
  ),
  wrong(
    'takes null for the calls of a whole answer',
    ['framing.null-whole'],
    refuse(({ choices }) => choices?.[0]?.message?.tool_calls === null),
  ),
  wrong('trims every line of a whole answer', ['answer.blanks'], {
    async whole(response) {
      const read = await SOUND.whole(response);
      return { ...read, text: read.text.replaceAll(/^ +| +$/gm, '') };
    },
  }),
  wrong(
    'looks for an error in the text of a whole answer',
    ['answer.look-alike'],
    refuse((_, text) => text.includes('error')),
  ),
  wrong('keeps 32 kB of a whole answer', ['answer.large'], {
    async whole(response) {
      const read = await SOUND.whole(response);
      return { ...read, text: read.text.slice(0, 32 * 1024) };
    },
  }),
  wrong('takes what is no JSON for a text', ['broken.torn-whole', 'broken.empty-whole', 'broken.page-whole'], {
    async whole(response) {
      const text = await response.text();
      try {
        return await SOUND.whole(new Response(text));
      } catch (cause) {
        if (cause instanceof SyntaxError) return said(text);
        throw cause;
      }
    },
  }),
  wrong('takes an answer without a choice for an empty one', ['broken.no-choice'], {
    async whole(response) {
      const text = await response.text();
      return (JSON.parse(text) as Event).choices?.length === 0 ? said('') : await SOUND.whole(new Response(text));
    },
  }),
  wrong('takes an error of status 200 for an empty answer', ['broken.error-whole'], {
    async whole(response) {
      const text = await response.text();
      return (JSON.parse(text) as Event).error ? said('') : await SOUND.whole(new Response(text));
    },
  }),
  wrong('takes half of a whole answer for all of it', ['broken.cut-whole', 'broken.reset-whole'], {
    async whole(response) {
      try {
        return await SOUND.whole(response);
      } catch (cause) {
        if (cause instanceof TypeError) return said('So far');
        throw cause;
      }
    },
  }),
  wrong('takes a page for a whole answer', ['broken.page-whole'], {
    async whole(response) {
      const text = await response.text();
      return text.startsWith('<') ? said(text) : await SOUND.whole(new Response(text));
    },
  }),
];

const TOOLS = ['tools.arguments', 'tools.joined', 'tools.two', 'tools.result', 'tools.empty', 'tools.answer'];
const results = (change: (messages: Message[], calls: readonly ToolCall[]) => Message[]): Pick<Parts, 'results'> => ({
  results: (calls) => change(SOUND.results(calls), calls),
});

export const toolsWrongly: readonly Wrong[] = [
  wrong('joins the pieces of all calls', ['tools.joined', 'tools.two'], {
    take(data, read) {
      const text = SOUND.take(data.replaceAll(/"index":1,/g, '"index":0,'), read);
      return text;
    },
    results: (calls) =>
      calls.map(({ id, function: { arguments: given } }) => ({
        role: 'tool',
        tool_call_id: id,
        content: lenient(given),
      })),
  }),
  wrong('keeps the last piece of the arguments', ['tools.arguments', 'tools.joined'], {
    take(data, read) {
      const before = read.calls.map((call) => ({ call, given: call?.function.arguments ?? '' }));
      const text = SOUND.take(data, read);
      for (const { call, given } of before) {
        if (call && call.function.arguments !== given)
          call.function.arguments = call.function.arguments.slice(given.length);
      }
      return text;
    },
    results: (calls) =>
      calls.map(({ id, function: { arguments: given } }) => ({
        role: 'tool',
        tool_call_id: id,
        content: lenient(given),
      })),
  }),
  wrong(
    'answers the first call alone',
    ['tools.two'],
    results((messages) => messages.slice(0, 1)),
  ),
  wrong(
    'names its results by numbers of its own',
    ['tools.two', 'tools.result', 'tools.empty'],
    results((messages) => messages.map((message, at) => ({ ...message, tool_call_id: `call_${at}` }))),
  ),
  wrong(
    'mixes the results of two calls up',
    ['tools.two'],
    results((messages, calls) => messages.map((message, at) => ({ ...message, tool_call_id: calls.at(-1 - at)!.id }))),
  ),
  wrong('leaves out an empty result', ['tools.empty'], {
    results(calls) {
      const kept = SOUND.results(calls).filter(({ content }) => content !== '');
      return kept;
    },
  }),
  wrong(
    'sends its results as words of the user',
    ['tools.two', 'tools.result', 'tools.empty', 'request.prompt'],
    results((messages) => messages.map(({ content }) => ({ role: 'user', content }))),
  ),
  wrong('does not send the results', TOOLS, {
    results() {
      throw new Error('Functions are not supported.');
    },
  }),
];

function lenient(json: string): string {
  try {
    return (JSON.parse(json) as { text: string }).text;
  } catch {
    return json;
  }
}
