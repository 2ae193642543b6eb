/** Clients that read a stream wrongly. */
import { fieldOf, SOUND, type Parts } from '../sound.ts';
import { changed, taking } from './changed.ts';
import { KNOWN, wrong, type Wrong } from './wrong.ts';

const decoded = (body: ReadableStream<Uint8Array>): AsyncIterable<string> => body.pipeThrough(new TextDecoderStream());

/** Events by the lines that the text is cut into, as a sound client reads them but for these lines. */
function byLines(
  cut: RegExp | string,
  read: (line: string) => [string, string] = fieldOf,
  longest = Infinity,
): Parts['events'] {
  return async function* events(body) {
    let rest = '';
    let data: string[] = [];
    for await (const piece of decoded(body)) {
      const lines = (rest + piece).split(cut);
      rest = lines.pop()!;
      if (rest.length > longest) throw new Error('A line is too long.');
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield data.join('\n');
          data = [];
        } else {
          const [name, value] = read(line);
          if (name === 'data') data.push(value);
        }
      }
    }
    if (rest !== '' || data.length > 0) throw new Error('The stream ended within an event.');
  };
}

/** What comes in pieces that are no whole events, or more than three. */
const TORN = [
  'answer.large',
  ...[
    'torn-crlf',
    'bom',
    'bytes',
    'split-characters',
    'torn-events',
    'torn-line-ends',
    'many-events',
    'long-lines',
  ].map((name) => `framing.${name}`),
];
/** What a reader of pieces that are split at empty lines breaks. */
const PIECEMEAL = [
  'answer.large',
  ...['crlf', 'cr', 'torn-crlf', 'comments', 'no-blank', 'other-fields', 'event-ids', 'data-lines', 'bytes'].map(
    (name) => `framing.${name}`,
  ),
  ...['split-characters', 'torn-events', 'torn-line-ends', 'long-lines', 'heartbeat'].map((name) => `framing.${name}`),
];
/** Questions whose usage is not asked, so that no chunk of it comes by itself. */
const unasked: Pick<Parts, 'question'> = {
  async question(prompt, given) {
    const question = await SOUND.question(prompt, given);
    delete question.body.stream_options;
    return question;
  },
};

export const readingWrongly: readonly Wrong[] = [
  wrong('ends lines at LF alone', ['framing.crlf', 'framing.cr', 'framing.torn-crlf'], { events: byLines('\n') }),
  wrong('ends lines at CR LF and LF alone', ['framing.cr'], { events: byLines(/\r?\n/) }),
  wrong('needs a blank after the colon', ['framing.no-blank'], {
    events: byLines(/\r\n|\r|\n/, (line) => (line.startsWith('data: ') ? ['data', line.slice(6)] : ['', ''])),
  }),
  wrong('keeps the blank after the colon, and knows [DONE] by it', ['framing.no-blank'], {
    events: byLines(/\r\n|\r|\n/, (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    take: (data, read) => SOUND.take(data === ' [DONE]' ? '[DONE]' : data === '[DONE]' ? '{}' : data, read),
  }),
  wrong('takes a comment for data', ['framing.comments', 'framing.event-ids', 'framing.heartbeat'], {
    events: byLines(/\r\n|\r|\n/, (line) => (line.startsWith(':') ? ['data', line.slice(1)] : fieldOf(line))),
  }),
  wrong('knows no field but data', ['framing.other-fields', 'framing.event-ids'], {
    events: byLines(/\r\n|\r|\n/, (line) => {
      if (!/^(?:data)?:/.test(line)) throw new Error('An unknown field.');
      return fieldOf(line);
    }),
  }),
  wrong('has room for lines of 16 kB', ['framing.long-lines'], { events: byLines(/\r\n|\r|\n/, fieldOf, 16 * 1024) }),
  wrong(
    'dispatches an empty event',
    ['framing.more-lines', 'framing.comments', 'framing.event-ids', 'framing.heartbeat', 'framing.torn-crlf'],
    {
      async *events(body) {
        let rest = '';
        let data: string[] = [];
        for await (const piece of decoded(body)) {
          const lines = (rest + piece).split(/\r\n|\r|\n/);
          rest = lines.pop()!;
          for (const line of lines) {
            if (line === '') yield data.join('\n');
            if (line === '') data = [];
            else if (line.startsWith('data:')) data.push(fieldOf(line)[1]);
          }
        }
      },
    },
  ),
  wrong('keeps the last line of data alone', ['framing.data-lines'], {
    events: changed(async function* (events) {
      for await (const data of events) yield data.split('\n').at(-1)!;
    }),
  }),
  wrong('takes a byte order mark for a letter', ['framing.bom'], {
    events: (body, given) => SOUND.events(body.pipeThrough(marked()), given),
  }),
  wrong(
    'reads each piece by itself',
    ['framing.bytes', 'framing.torn-events', 'framing.long-lines', 'framing.split-characters', 'answer.large'],
    {
      async *events(body) {
        for await (const piece of decoded(body)) {
          for (const event of piece.split(/(?:\r\n|\r|\n){2}/)) {
            const data = event
              .split(/\r\n|\r|\n/)
              .flatMap((line) => (line.startsWith('data:') ? [fieldOf(line)[1]] : []));
            if (data.length > 0) yield data.join('\n');
          }
        }
      },
    },
  ),
  wrong('reads three events of each piece, and what is torn not at all', TORN, {
    async *events(body) {
      for await (const piece of body) {
        yield* (await Array.fromAsync(SOUND.events(new Response(piece).body!, undefined!))).slice(0, 3);
      }
    },
  }),
  wrong('takes every piece for whole events', PIECEMEAL, {
    async *events(body) {
      for await (const piece of decoded(body)) {
        for (const event of piece.split('\n\n')) if (event !== '') yield event.replace(/^data: /, '');
      }
    },
  }),
  wrong('decodes each piece by itself', ['framing.split-characters', 'framing.bytes'], {
    events: (body, given) =>
      SOUND.events(
        body.pipeThrough(
          new TransformStream({
            transform: (piece: Uint8Array, out) => out.enqueue(Buffer.from(Buffer.from(piece).toString('utf8'))),
          }),
        ),
        given,
      ),
  }),
  wrong('needs a charset in the content type', ['framing.content-type'], {
    async send(question, given) {
      const response = await SOUND.send(question, given);
      if (response.headers.get('content-type') !== 'text/event-stream; charset=utf-8')
        throw new Error('No event stream.');
      return response;
    },
  }),
  wrong('needs chunks of HTTP', ['framing.until-close'], {
    async send(question, given) {
      const response = await SOUND.send(question, given);
      if (!response.headers.has('transfer-encoding')) throw new Error('No stream.');
      return response;
    },
  }),
  {
    heartbeat: 5,
    ...wrong('gives up a stream after three seconds without an event', ['framing.heartbeat'], {
      async *events(body, given) {
        const events = SOUND.events(body, given)[Symbol.asyncIterator]();
        for (;;) {
          let timer: NodeJS.Timeout | undefined;
          const late = new Promise<never>(
            (_, reject) => (timer = setTimeout(() => reject(new Error('Nothing came.')), 3_000)),
          );
          const next = await Promise.race([events.next(), late]).finally(() => clearTimeout(timer));
          if (next.done) return;
          yield next.value;
        }
      },
    }),
  },
  wrong('leaves out a delta that equals the last one', ['answer.equal-deltas'], {
    events: changed(async function* (events) {
      let last = '';
      for await (const data of events) {
        if (data !== last) yield data;
        last = data;
      }
    }),
  }),
  wrong('leaves out deltas of blanks', ['answer.blanks'], {
    take(data, read) {
      const text = SOUND.take(data, read);
      return text.trim() === '' ? '' : text;
    },
  }),
  wrong('ends at [DONE] within a text', ['answer.look-alike'], {
    take: (data, read) => SOUND.take(data.includes('[DONE]') ? '[DONE]' : data, read),
  }),
  wrong('takes the word error for an error', ['answer.look-alike', 'broken.error-words'], {
    take: taking((_, data) => {
      if (data.includes('error')) throw new Error('The stream failed.');
    }),
  }),
  wrong('keeps 32 kB of an answer', ['answer.large'], {
    take(data, read) {
      const before = read.text.length;
      const text = SOUND.take(data, read);
      return before > 32 * 1024 ? '' : text;
    },
  }),
  wrong('leaves at the finish reason', ['answer.to-the-end'], {
    take(data, read) {
      const text = SOUND.take(data, read);
      read.done ||= read.finish !== undefined;
      return text;
    },
  }),
  wrong('looks at the first choice of every chunk', ['framing.usage-chunk', 'framing.no-choice-first'], {
    ...unasked,
    take: taking(({ choices, error }) => {
      if (error === undefined && choices![0]!.delta === undefined) throw new Error('No delta.');
    }),
  }),
  wrong('prints null', ['framing.empty-deltas', 'tools.answer'], {
    take(data, read) {
      const text = SOUND.take(data, read);
      return data.includes('"content":null') ? 'null' : text;
    },
  }),
  wrong('knows the fields of a chunk and no other', ['framing.unknown-fields', 'framing.long-lines'], {
    take: taking((chunk) => {
      const odd = Object.keys(chunk).find((name) => !KNOWN.has(name));
      if (odd !== undefined) throw new Error(`An unknown field: ${odd}`);
    }),
  }),
  wrong('takes null for calls of functions', ['framing.null-fields'], {
    take: taking(({ choices }) => {
      if (choices?.[0]?.delta?.tool_calls === null) throw new TypeError('null is not iterable');
    }),
  }),
  wrong('takes usage of null for an object', ['framing.null-fields'], {
    take: taking((chunk) => {
      if ('usage' in chunk && (chunk.usage as object | null) === null)
        throw new TypeError('cannot read total_tokens of null');
    }),
  }),
  wrong('takes a finish reason that is left out for the end', ['framing.absent-finish'], {
    take: taking(({ choices }) => {
      if (choices?.[0] && choices[0].finish_reason === undefined) throw new Error('An unknown finish reason.');
    }),
  }),
  wrong('takes every role for a new message', ['framing.role-again'], {
    ...messages(),
  }),
  wrong('takes a chunk with a role for nothing else', ['framing.role-with-text', 'framing.role-again', 'framing.bom'], {
    take: (data, read) => SOUND.take(data.includes('"role":') ? '{}' : data, read),
  }),
  wrong('undoes the escapes of JSON by hand', ['framing.escapes'], {
    take: taking((_, data) => {
      if (/"content":"[^"]*\\u/.test(data)) throw new Error('An unknown escape.');
    }),
  }),
];

/** Keeps what came since the last role alone. */
function messages(): Partial<Parts> {
  return {
    events: changed(async function* (events) {
      let named = false;
      for await (const data of events) {
        const role = data.includes('"role":"assistant"');
        if (role && named) throw new Error('A second message.');
        named ||= role;
        yield data;
      }
    }),
  };
}

/** Makes a byte order mark a letter, as a decoder that keeps it would. */
function marked(): TransformStream<Uint8Array, Uint8Array> {
  let first = true;
  return new TransformStream({
    transform(piece, out) {
      if (first && piece[0] === 0xef) out.enqueue(Buffer.from('\ufffd'));
      first = false;
      out.enqueue(piece);
    },
  });
}
